import { parseArgs } from "node:util";
import { checkStore } from "@/server/store";
import { withDatabase } from "./database";
import { readSettings } from "./settings";

/**
 * `doctor --store`: reads every stored point, repairs what can be repaired, prints what it did. 1 where damage is left.
 */
export async function doctorCommand(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { store: { type: "boolean" } } });
  if (!values.store) throw new Error("usage: etalon doctor --store");
  const found = await withDatabase(readSettings(), ({ sql }) =>
    checkStore(sql, (line) => process.stdout.write(`${line}\n`)),
  );
  const { runs, chunks, doubledRuns, doubledPoints, differing, summaries, damaged } = found;
  process.stdout.write(
    `${chunks} chunks of ${runs} runs read: ${doubledPoints} doubled points in ${doubledRuns} runs removed ` +
      `(${differing} differed), summaries of ${summaries} runs made anew, ${damaged} damaged chunks\n`,
  );
  return damaged > 0 ? 1 : 0;
}
