import { basename } from "node:path";
import { parseArgs } from "node:util";
import { counted } from "@/lib/format";
import { formats } from "@/lib/import";
import { EtalonError } from "@/server/errors";
import { runImport } from "@/server/services/import";
import { createProject } from "@/server/services/project";
import { dropEmptyProject, resolveProject } from "@/server/services/project/internal";
import { withDatabase } from "./database";
import { importOptions, linesOf, readImportFile, SOURCE_OPTIONS, tellOfFile, unreadable } from "./import-file";
import { importHistories } from "./import-histories";
import { readSettings } from "./settings";

/**
 * `import table FILE --project P [--map ...] [--arch moe] [--skip-bad-rows] [--json]`: a file of that format becomes
 * runs of a project, which is made if there is none. Importing again updates.
 */
export async function importCommand(args: string[]): Promise<number> {
  if (!formats.some((f) => f.name === args[0])) return importHistories(args);
  const { values, positionals } = parseArgs({ args, options: SOURCE_OPTIONS, allowPositionals: true });
  const [what, path, ...rest] = positionals;
  const { project } = values;
  const format = formats.find((f) => f.name === what);
  if (!format || !path || rest.length > 0 || !project || values.csv)
    throw new Error(
      "etalon import table FILE --project SLUG [--map lr=...,tokens=...,loss=...] [--arch NAME] [--decimal point|comma] [--skip-bad-rows]",
    );
  const imported = await format.read(await readImportFile(path), importOptions(values)).catch(unreadable(path));
  const { runs, problems, unfinished, noResult, notes, mapping } = imported;
  tellOfFile(path, { ...imported, skip: values["skip-bad-rows"], good: runs.length });
  if (runs.length === 0) throw new Error(`${path} has no finished run`);
  const skipped = linesOf(problems);
  const result = await withDatabase(readSettings(), async (ctx) => {
    const made = await ensureProject(ctx, project);
    if (made) process.stderr.write(`made the project "${project}"\n`);
    const progress = (done: number, total: number) => process.stderr.write(`${done} of ${total} rows\n`);
    try {
      return await runImport(ctx, { project, file: basename(path), runs, skipped }, progress);
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
    rows: runs.length,
    ...result,
    diverged: runs.filter((r) => r.diverged).length,
    skipped,
    unfinished: unfinished.length,
    noResult: noResult.length,
    notes,
    problems,
    mapping,
  };
  const text = `${counted(runs.length, "row")}: ${result.created} new ${result.created === 1 ? "run" : "runs"}, ${result.updated} updated, ${result.unchanged} unchanged, ${report.diverged} diverged`;
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
