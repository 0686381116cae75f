import { basename } from "node:path";
import { parseArgs } from "node:util";
import { counted } from "@/lib/format";
import { importedRuns } from "@/lib/table";
import { EtalonError } from "@/server/errors";
import { createProject } from "@/server/services/project";
import { dropEmptyProject, resolveProject } from "@/server/services/project/internal";
import { importTable } from "@/server/services/table";
import { withDatabase } from "./database";
import { readTableFile, SOURCE_OPTIONS } from "./science";
import { readSettings } from "./settings";

/**
 * `import table FILE --project P [--map ...] [--arch moe] [--skip-bad-rows] [--json]`: a results table with one row per
 * finished run becomes runs of a project, which is made if there is none. Importing again updates.
 */
export async function importCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: SOURCE_OPTIONS, allowPositionals: true });
  const [what, path, ...rest] = positionals;
  const { project } = values;
  if (what !== "table" || !path || rest.length > 0 || !project || values.csv)
    throw new Error(
      "etalon import table FILE --project SLUG [--map lr=...,tokens=...,loss=...] [--arch NAME] [--decimal point|comma] [--skip-bad-rows]",
    );
  const table = await readTableFile(path, values);
  if (table.points.length === 0) throw new Error(`${path} has no finished run`);
  const { rows, problems } = importedRuns(table, table.table);
  const bad = problems.map((p) => `${path}, line ${p.line}: ${p.field} "${p.value}" ${p.message}`);
  if (bad.length > 0 && !values["skip-bad-rows"]) throw new Error(bad.slice(0, 20).join("\n"));
  if (bad.length > 0) process.stderr.write(`${bad.slice(0, 20).join("\n")}\nleft out ${counted(bad.length, "row")}\n`);
  const skipped = new Set([...table.problems, ...problems].map((p) => p.line)).size;
  const result = await withDatabase(readSettings(), async (ctx) => {
    const made = await ensureProject(ctx, project);
    if (made) process.stderr.write(`made the project "${project}"\n`);
    const progress = (done: number, total: number) => process.stderr.write(`${done} of ${total} rows\n`);
    try {
      return await importTable(ctx, { project, file: basename(path), rows, skipped }, progress);
    } catch (e) {
      if (made) await dropEmptyProject(ctx, project);
      throw e;
    }
  }).catch((e: unknown) => {
    throw e instanceof EtalonError ? new Error(`${path}: ${e.message}`) : e;
  });
  const report = {
    project,
    file: path,
    rows: rows.length,
    ...result,
    diverged: rows.filter((r) => r.diverged).length,
    skipped,
    unfinished: table.unfinished.length,
    noResult: table.noResult.length,
    notes: table.notes,
    problems: [...table.problems, ...problems],
    mapping: table.mapping,
  };
  const text = `${counted(rows.length, "row")}: ${result.created} new ${result.created === 1 ? "run" : "runs"}, ${result.updated} updated, ${result.unchanged} unchanged, ${report.diverged} diverged`;
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${text}\n`);
  return 0;
}

async function ensureProject(ctx: Parameters<typeof createProject>[0], slug: string): Promise<boolean> {
  try {
    await resolveProject(ctx, slug);
    return false;
  } catch (e) {
    if (!(e instanceof EtalonError) || e.code !== "not_found") throw e;
    await createProject(ctx, { name: slug, slug });
    return true;
  }
}
