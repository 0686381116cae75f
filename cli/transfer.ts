import { parseArgs } from "node:util";
import { knownParams } from "@/lib/run";
import { transferReport } from "@/lib/transfer";
import { FIT_OPTIONS, fitSettings } from "./fit";
import { SOURCE_OPTIONS } from "./import-file";
import { pointsWhere, readPoints } from "./science";

/**
 * `transfer --project P | --csv FILE --map ... --fit-on FILTER --test-on FILTER [--json]`: every check with its
 * evidence.
 */
export async function transferCommand(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { ...SOURCE_OPTIONS, ...FIT_OPTIONS, "fit-on": { type: "string" }, "test-on": { type: "string" } },
  });
  const { "fit-on": fitOn, "test-on": testOn } = values;
  if (!fitOn || !testOn)
    throw new Error('say both groups: --fit-on FILTER --test-on FILTER, for example --fit-on "width=32"');
  const points = await readPoints(values);
  const chosen = fitSettings(values);
  const paramDefinition = values.params ? chosen.paramDefinition : knownParams(points);
  const settings = { ...chosen, paramDefinition, bootstrap: 0 };
  const report = transferReport(pointsWhere(points, fitOn), pointsWhere(points, testOn), { settings });
  const lines = [
    `${report.verdict}: ${report.sentence}`,
    ...report.checks.map((c) => `  ${c.verdict.padEnd(12)} ${c.title}: ${c.sentence}`),
  ];
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${lines.join("\n")}\n`);
  return 0;
}
