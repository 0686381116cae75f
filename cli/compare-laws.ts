import { parseArgs } from "node:util";
import { type Ancova, ancova, compareForms, type FormComparison, fitLaw } from "@/lib/fit";
import { percent, significant } from "@/lib/format";
import { dimensionCalled, knownParams } from "@/lib/run";
import { FIT_OPTIONS, fitSettings } from "./fit";
import { SOURCE_OPTIONS } from "./import-file";
import { pointsWhere, readPoints } from "./science";

/**
 * `compare-laws --project P | --csv FILE --map ... [--by DIMENSION] [--json]`: all forms on the same optima; with
 * `--by` whether the values of a dimension lie on one law.
 */
export async function compareLawsCommand(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { ...SOURCE_OPTIONS, ...FIT_OPTIONS, where: { type: "string" }, by: { type: "string" } },
  });
  const by = values.by === undefined ? null : dimensionCalled(values.by);
  if (values.by !== undefined && !by)
    throw new Error(`--by ${values.by}: no dimension is called that; for example --by params, --by architecture`);
  const points = pointsWhere(await readPoints(values), values.where);
  const chosen = fitSettings(values);
  const paramDefinition = values.params ? chosen.paramDefinition : knownParams(points);
  const settings = { ...chosen, where: undefined, paramDefinition, bootstrap: 0 };
  const forms = compareForms(points, settings);
  const result = by ? fitLaw(points, settings) : null;
  const groups =
    result && by ? ancova(result, (dims) => String((dims as Record<string, unknown>)[by] ?? "unknown")) : null;
  if (result && !groups) throw new Error(`there is no law to compare groups by: ${result.notIdentifiable?.message}`);
  const answer = { forms, ...(groups && { by, groups }) };
  process.stdout.write(values.json ? `${JSON.stringify(answer)}\n` : textOf(forms, groups));
  return 0;
}

function textOf(forms: readonly FormComparison[], groups: Ancova | null): string {
  const error = (of: FormComparison["bestBatch"]) => significant(of?.rmsLog2 ?? null, 2);
  const lines = forms.map((c) => {
    const regret = c.bestBatch?.meanRegret;
    const cost = regret == null ? "" : `, regret ${percent(regret, 3)}`;
    return `  ${c.form.padEnd(16)} all batches ${error(c.everyBatch)}, best batch ${error(c.bestBatch)} octaves${cost}${c.everyBatch || c.bestBatch ? "" : `: ${c.reason}`}`;
  });
  if (groups) {
    lines.push(`${groups.relation}: ${groups.groups.map((g) => `${g.value} (${g.optima})`).join(", ")}`);
    for (const d of groups.distances)
      lines.push(
        `  ${d.group}: its own law is ${significant(d.factor)} times the first one's where they are farthest apart (${significant(d.low)} to ${significant(d.high)}; one law within a factor 1.5)`,
      );
    for (const c of groups.constants)
      lines.push(
        `  ${c.group}: constant ${significant(c.factor)} times (${significant(c.low)} to ${significant(c.high)}, p = ${significant(c.p, 2)})`,
      );
    for (const s of groups.slopes)
      lines.push(
        `  ${s.group}: ${s.name} differs by ${significant(s.difference)} +- ${significant(s.se, 2)} (p = ${significant(s.p, 2)})`,
      );
  }
  return `${lines.join("\n")}\n`;
}
