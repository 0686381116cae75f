import { once } from "node:events";
import { parseArgs } from "node:util";
import { exportRuns } from "@/server/services/run";
import { withDatabase } from "./database";
import { readSettings } from "./settings";

/** `export runs --project SLUG --format csv|jsonl [--filter FILTER]`: one row a run on stdout. */
export async function exportCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { project: { type: "string" }, filter: { type: "string" }, format: { type: "string", default: "csv" } },
  });
  const { project, format } = values;
  if (positionals[0] !== "runs" || !project)
    throw new Error("usage: etalon export runs --project SLUG --format csv|jsonl");
  if (format !== "csv" && format !== "jsonl") throw new Error(`--format: "${format}" is unknown; use csv or jsonl`);
  const { filter } = values;
  await withDatabase(readSettings(), async (ctx) => {
    for await (const part of await exportRuns(ctx, { project, format, filter })) {
      if (!process.stdout.write(part)) await once(process.stdout, "drain");
    }
  });
  return 0;
}
