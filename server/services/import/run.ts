import { z } from "zod";
import { learningRate, paramCount, tokenCount } from "@/lib/format";
import { type ImportedRun, importedRunSchema } from "@/lib/import";
import { anyParams } from "@/lib/run";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { resolveProject } from "../project/internal";
import { STORED_DIMENSIONS } from "../run/internal";

export const runImportInput = z.strictObject({
  project: z.string(),
  file: z.string().min(1).max(500),
  runs: z.array(importedRunSchema).min(1).max(200_000),
  /** Runs of the file that were left out by choice; kept for the history. */
  skipped: z.number().int().min(0).max(10_000_000).default(0),
  /** The import that this is a further part of: a browser sends a large file in parts. */
  continues: z.uuid().optional(),
});

/** `id` names the import in the history; the counts are of this part alone. */
type ImportResult = { id: string; created: number; updated: number; unchanged: number };

const CHUNK = 2_000;

const columns = STORED_DIMENSIONS.map(({ column }) => column);
const COLUMNS = columns.join(", ");
const of = (row: string) => columns.map((column) => `${row}.${column}`).join(", ");
const RECORD = STORED_DIMENSIONS.map(({ name, type }) => `"${name}" ${type}`).join(", ");
/** An imported run that has no loss has diverged. */
const VALUES = STORED_DIMENSIONS.map(({ name }) =>
  name === "finalLoss" ? `coalesce(r."${name}", 'NaN'::float8)` : `r."${name}"`,
).join(", ");

/**
 * Runs of a file as finished runs of a project, all or none. One that was imported before is updated; one of which the
 * file says the same again is not changed. What the runs were before is kept, so that `undoImport` can restore it.
 * `progress` is called after every few thousand. Errors: `invalid` with the line of a run that cannot be stored;
 * `conflict` where `continues` names an import of another file, another person, or one that was undone.
 */
export async function runImport(
  ctx: Context,
  input: z.input<typeof runImportInput>,
  progress: (done: number, total: number) => void = () => {},
): Promise<ImportResult> {
  authorise(ctx, "write");
  const { file, runs, skipped, continues, ...said } = readable(runImportInput.safeParse(input), input);
  const project = await resolveProject(ctx, said.project);
  const result = { created: 0, updated: 0, unchanged: 0 };
  return inTransaction(ctx, async (ctx) => {
    await lockImports(ctx, project.id);
    const importId = await entry(ctx, { projectId: project.id, file, skipped, continues });
    for (let first = 0; first < runs.length; first += CHUNK) {
      const part = runs.slice(first, first + CHUNK);
      const stored = await store(ctx, { importId, projectId: project.id, file, runs: part });
      const created = stored.filter((s) => s.made).length;
      result.created += created;
      result.updated += stored.length - created;
      result.unchanged += part.length - stored.length;
      progress(first + part.length, runs.length);
    }
    await ctx.sql`
      update imports set created = created + ${result.created}, updated = updated + ${result.updated},
        unchanged = unchanged + ${result.unchanged} where id = ${importId}`;
    await recordAudit(ctx, {
      action: "import.run",
      subject: project.id,
      detail: { import: importId, file, ...result },
    });
    await announce(ctx, [{ projectId: project.id, kind: "run", id: project.id }]);
    return { id: importId, ...result };
  });
}

/** Makes or changes runs, and keeps what they were; those of which nothing is new are not among the answers. */
async function store(
  ctx: Context,
  { importId, projectId, file, runs }: { importId: string; projectId: string; file: string; runs: ImportedRun[] },
): Promise<{ made: boolean }[]> {
  const at = ctx.now().toISOString();
  const raw = (text: string) => ctx.sql.unsafe(text);
  // All parts of the statement see the runs as they were before it: `old` is what undoing brings back.
  return ctx.sql<{ made: boolean }[]>`
    with stored as (
    insert into runs (team_id, project_id, external_id, name, state, diverged, config, source, ${raw(COLUMNS)},
      provenance, created_at, started_at, finished_at, updated_at)
    select ${ctx.teamId}::uuid, ${projectId}::uuid, 'table: ' || r.identity, r.name, 'finished', r.diverged, r.config,
      'table', ${raw(VALUES)}, jsonb_build_object('file', ${file}::text, 'line', r.line),
      ${at}::timestamptz, ${at}::timestamptz, ${at}::timestamptz, ${at}::timestamptz
    from json_to_recordset(${JSON.stringify(runs.map((r) => ({ ...r, name: r.name ?? nameOf(r) })))}::json) as r (
      line int, identity text, name text, diverged boolean, config jsonb, ${raw(RECORD)})
    on conflict (project_id, external_id) do update set
      (diverged, config, ${raw(COLUMNS)}, provenance, updated_at) =
        row (excluded.diverged, excluded.config, ${raw(of("excluded"))}, excluded.provenance, excluded.updated_at)
    where runs.team_id = excluded.team_id and (runs.diverged, runs.config, ${raw(of("runs"))})
      is distinct from (excluded.diverged, excluded.config, ${raw(of("excluded"))})
    returning id, xmax = 0 as made)
    insert into import_changes (import_id, run_id, made, diverged, config, dimensions, provenance)
    select ${importId}::uuid, stored.id, stored.made, old.diverged, old.config,
      case when not stored.made then (select to_json(d) from (select ${raw(of("old"))}) d) end, old.provenance
    from stored left join runs old on old.id = stored.id
    on conflict do nothing
    returning made`;
}

/** Imports of a project, and undoing them, go one after the other. */
export async function lockImports(ctx: Context, projectId: string): Promise<void> {
  await ctx.sql`select pg_advisory_xact_lock(hashtextextended(${`imports of ${projectId}`}, 0))`;
}

/** A new line of the history, or the one that this is a further part of. */
async function entry(
  ctx: Context,
  { projectId, file, skipped, continues }: { projectId: string; file: string; skipped: number; continues?: string },
): Promise<string> {
  const userId = userOf(ctx);
  const [row] = continues
    ? await ctx.sql<{ id: string }[]>`
        select id from imports where id = ${continues} and team_id = ${ctx.teamId} and project_id = ${projectId}
          and file = ${file} and created_by is not distinct from ${userId} and undone_at is null`
    : await ctx.sql<{ id: string }[]>`
        insert into imports (team_id, project_id, file, skipped, created_by, created_at)
        values (${ctx.teamId}, ${projectId}, ${file}, ${skipped}, ${userId}, ${ctx.now().toISOString()}) returning id`;
  if (!row) throw new EtalonError("conflict", `there is no import "${continues}" of ${file} that could go on`);
  return row.id;
}

type Input = typeof runImportInput;

/** What was parsed; a run that was refused is named by its line. */
function readable(read: z.ZodSafeParseResult<z.output<Input>>, input: z.input<Input>): z.output<Input> {
  if (!read.success) {
    const issues = read.error.issues.slice(0, 20).map((i) => {
      const [list, index, field] = i.path;
      const run = list === "runs" ? input.runs?.[Number(index)] : undefined;
      const value = run == null ? "" : ` "${String(run[field as "peakLr"] ?? "")}"`;
      return {
        field: String(field ?? list ?? "file"),
        message: `${run ? `line ${run.line}: ` : ""}${String(field ?? list ?? "")}${value}: ${i.message}`,
      };
    });
    throw new EtalonError("invalid", `the file has a run that cannot be stored: ${issues[0]!.message}`, issues);
  }
  const seen = new Map<string, number>();
  for (const { identity, line } of read.data.runs) {
    const other = seen.get(identity);
    if (other !== undefined)
      throw new EtalonError("invalid", `lines ${other} and ${line} have the same identity "${identity}"`);
    seen.set(identity, line);
  }
  return read.data;
}

/** "dense 36.7M b64 20B lr 0.0016". */
function nameOf(r: ImportedRun): string {
  const size = anyParams(r);
  const model = [
    r.architecture === "unknown" ? null : r.architecture,
    r.width && `w${r.width}`,
    size && paramCount(size),
  ];
  const parts = [
    ...model,
    `b${r.batchSeqs}`,
    tokenCount(r.tokens),
    `lr ${learningRate(r.peakLr)}`,
    r.seed !== null && `s${r.seed}`,
  ];
  return parts.filter(Boolean).join(" ");
}
