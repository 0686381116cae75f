import { and, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { imports, runs } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { resolveOrMakeProject, resolveProject } from "../project/internal";
import { type ImportedHistory, sourceSchema } from "./history-schema";
import { lockImports } from "./run";
import { keepBefore, storeHistory } from "./store-history";

export const beginImportInput = z.strictObject({
  project: z.string().min(1),
  /** What was chosen, as the history shows it. */
  file: z.string().min(1).max(500),
});

/** A new entry of the history of imports, which makes the project if there is none. Errors: those of project names. */
export async function beginImport(ctx: Context, input: z.input<typeof beginImportInput>): Promise<{ id: string }> {
  authorise(ctx, "write");
  const { project: slug, file } = beginImportInput.parse(input);
  const project = await resolveOrMakeProject(ctx, slug);
  return inTransaction(ctx, async (ctx) => {
    const values = { teamId: ctx.teamId, projectId: project.id, file, createdBy: userOf(ctx) };
    const [row] = await ctx.db
      .insert(imports)
      .values({ ...values, createdAt: ctx.now() })
      .returning({ id: imports.id });
    await recordAudit(ctx, {
      action: "import.begin",
      subject: project.id,
      detail: { import: row!.id, file },
    });
    return { id: row!.id };
  });
}

/**
 * A run of other programs' files: made, or the one of the same `source` with what is said now. Called before its points
 * are sent, in state `running`, and with its end once they are; the first call within an import keeps what the run was
 * before it. `points` says how many are stored already. Errors: `not_found` for an import of another team, `conflict`
 * where it was undone.
 */
export async function importHistory(
  ctx: Context,
  { importId, run }: { importId: string; run: ImportedHistory },
): Promise<{ id: string; made: boolean; points: number }> {
  authorise(ctx, "write");
  return inTransaction(ctx, async (ctx) => {
    const projectId = await openImport(ctx, importId);
    await lockImports(ctx, projectId);
    const { id, before } = await storeHistory(ctx, { projectId, run });
    const isFirst = await keepBefore(ctx, { importId, id, before });
    if (isFirst) {
      const counter = before ? { updated: sql`${imports.updated} + 1` } : { created: sql`${imports.created} + 1` };
      const entry = and(eq(imports.teamId, ctx.teamId), eq(imports.id, importId));
      await ctx.db.update(imports).set(counter).where(entry);
      const detail = { import: importId, format: run.source.format, files: run.source.files.slice(0, 3) };
      await recordAudit(ctx, { action: "import.history", subject: id, detail });
    }
    await announce(ctx, [{ projectId, kind: "run", id }]);
    return { id, made: !before, points: before?.points ?? 0 };
  });
}

async function openImport(ctx: Context, importId: string): Promise<string> {
  const [entry] = await ctx.db
    .select({ projectId: imports.projectId, undoneAt: imports.undoneAt })
    .from(imports)
    .where(and(eq(imports.teamId, ctx.teamId), eq(imports.id, importId)));
  if (!entry) throw notFound("import", importId);
  if (entry.undoneAt) throw new EtalonError("conflict", "this import was undone; begin another one");
  return entry.projectId;
}

/** A run of an earlier import, by its files. */
interface KnownSource {
  runId: string;
  format: string;
  base: string;
  key: string;
  bytes: number;
  sha256: string;
  points: number;
}

/** From which files the imported runs of a project were read. */
export async function knownSources(ctx: Context, input: { project: string }): Promise<KnownSource[]> {
  authorise(ctx, "read");
  const project = await resolveProject(ctx, input.project);
  const rows = await ctx.db
    .select({ runId: runs.id, provenance: runs.provenance })
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.projectId, project.id), eq(runs.source, "import")));
  return rows.flatMap(({ runId, provenance }) => {
    const read = sourceSchema.safeParse(provenance);
    if (!read.success) return [];
    const { files: _, ...source } = read.data;
    return [{ runId, ...source }];
  });
}
