import { parseArgs } from "node:util";
import { exportRuns } from "@/server/services/run";
import { withDatabase } from "./database";
import { readSettings } from "./settings";

/** `export runs --project SLUG --format csv|jsonl`: one row a run on stdout. */
export async function exportCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { project: { type: "string" }, format: { type: "string", default: "csv" } },
  });
  const { project, format } = values;
  if (positionals[0] !== "runs" || !project)
    throw new Error("usage: etalon export runs --project SLUG --format csv|jsonl");
  if (format !== "csv" && format !== "jsonl") throw new Error(`--format: "${format}" is unknown; use csv or jsonl`);
  const text = await withDatabase(readSettings(), (ctx) => exportRuns(ctx, { project, format }));
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
  return 0;
}
