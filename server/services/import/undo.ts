import { z } from "zod";
import { counted } from "@/lib/format";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { announce } from "@/server/event";
import { forgetNames } from "@/server/store";
import { inTransaction } from "@/server/transaction";
import { STORED_DIMENSIONS } from "../run/internal";
import { lockImports } from "./run";

export const undoImportInput = z.strictObject({
  id: z.uuid(),
  /** The name of the imported file, typed again. */
  confirm: z.string(),
});

/** What undoing an import takes away and brings back. */
export interface UndoPreview {
  confirm: string;
  /** Runs that the import made, which go. */
  runs: number;
  /** Runs that it changed, which get back what they were. */
  restored: number;
  /** Saved fits that rest on either: they stay, but cannot be computed again. */
  fits: number;
  /** Why it cannot be undone now; null where it can. */
  blocked: string | null;
}

interface Import {
  id: string;
  projectId: string;
  file: string;
  undone: boolean;
}

/** Counts what undoing an import would do. Errors: `not_found` for an import of another team. */
export async function previewUndo(ctx: Context, input: { id: string }): Promise<UndoPreview> {
  authorise(ctx, "read");
  const found = await importOf(ctx, input.id);
  const [counts] = await ctx.sql<{ runs: number; restored: number; fits: number }[]>`
    select count(*) filter (where made)::int as runs, count(*) filter (where not made)::int as restored,
      (select count(*)::int from fits f where f.project_id = ${found.projectId}
        and f.run_ids && array(select run_id from import_changes where import_id = ${found.id})) as fits
    from import_changes where import_id = ${found.id}`;
  return { confirm: found.file, ...counts!, blocked: await obstacle(ctx, found) };
}

/**
 * Undoes an import: the runs that it made are deleted with all their points, and those that it changed get back exactly
 * what they were. The entry stays in the history, marked. Errors: `invalid` unless `confirm` is the file's name,
 * `conflict` where it was undone before or a later import has changed the same runs, `not_found`.
 */
export async function undoImport(ctx: Context, input: z.input<typeof undoImportInput>) {
  authorise(ctx, "write");
  const { id, confirm } = undoImportInput.parse(input);
  const first = await importOf(ctx, id);
  if (confirm !== first.file) {
    throw new EtalonError("invalid", `to confirm, type "${first.file}"`, [{ field: "confirm", message: confirm }]);
  }
  const done = await inTransaction(ctx, async (ctx) => {
    await lockImports(ctx, first.projectId);
    const found = await importOf(ctx, id);
    const blocked = await obstacle(ctx, found);
    if (blocked) throw new EtalonError("conflict", blocked);
    const columns = ctx.sql.unsafe(STORED_DIMENSIONS.map(({ column }) => column).join(", "));
    const restored = await ctx.sql`
      update runs r set diverged = c.diverged, config = c.config, provenance = c.provenance,
        (${columns}) = (select ${columns} from json_populate_record(r, c.dimensions)),
        updated_at = ${ctx.now().toISOString()}
      from import_changes c
      where c.import_id = ${id} and not c.made and r.id = c.run_id and r.team_id = ${ctx.teamId}`;
    const gone = await ctx.sql<{ id: string }[]>`
      delete from runs r using import_changes c
      where c.import_id = ${id} and c.made and r.id = c.run_id and r.team_id = ${ctx.teamId} returning r.id`;
    await ctx.sql`
      update imports set undone_at = ${ctx.now().toISOString()}, undone_by = ${userOf(ctx)} where id = ${id}`;
    const result = { removed: gone.length, restored: restored.count };
    const detail = { import: id, file: first.file, ...result };
    await recordAudit(ctx, { action: "import.undo", subject: first.projectId, detail });
    await announce(ctx, [{ projectId: first.projectId, kind: "run", id: first.projectId }]);
    return { result, gone: gone.map((r) => r.id) };
  });
  forgetNames(done.gone);
  return done.result;
}

async function importOf(ctx: Context, id: string): Promise<Import> {
  const [row] = await ctx.sql<Import[]>`
    select id, project_id as "projectId", file, undone_at is not null as undone
    from imports where id = ${id} and team_id = ${ctx.teamId}`;
  if (!row) throw notFound("import", id);
  return row;
}

/** Restoring under a later import would throw its values away, so imports of the same runs are undone newest first. */
async function obstacle(ctx: Context, { id, undone }: Import): Promise<string | null> {
  if (undone) return "this import was undone already";
  const [later] = await ctx.sql<{ file: string; runs: number }[]>`
    select i.file, count(*)::int as runs
    from imports self
    join imports i on i.project_id = self.project_id and i.undone_at is null and i.id <> self.id
      and (i.created_at, i.id) > (self.created_at, self.id)
    join import_changes theirs on theirs.import_id = i.id
    join import_changes ours on ours.run_id = theirs.run_id and ours.import_id = self.id
    where self.id = ${id}
    group by i.id, i.file, i.created_at order by i.created_at desc limit 1`;
  return later
    ? `the later import of "${later.file}" has changed ${counted(later.runs, "run")} of this one; undo that one first`
    : null;
}
