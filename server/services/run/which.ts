import { createHash } from "node:crypto";
import { and, eq, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { runSelections, runs } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { resolveProject } from "../project/internal";
import { filterOf } from "./filter-of";

const MOST = 100_000;
const ids = z.array(z.uuid()).min(1).max(MOST);

/** Runs of a project: by id, as somebody has chosen them, or all that a filter (and a sweep) lets through. */
export const whichRunsInput = z.strictObject({
  project: z.string(),
  runIds: ids.optional(),
  selection: z.uuid().optional(),
  sweepId: z.uuid().optional(),
  filter: z.string().max(4_000).optional(),
});

/**
 * The ids of these runs, in the order of their creation. Errors: `not_found` for an id or selection that is none of the
 * project's.
 */
export async function whichRuns(
  ctx: Context,
  { project, runIds, selection, sweepId, filter }: z.output<typeof whichRunsInput>,
): Promise<{ projectId: string; ids: string[] }> {
  const { id: projectId } = await resolveProject(ctx, project);
  const rows = await ctx.db
    .select({ id: runs.id })
    .from(runs)
    .where(
      and(
        eq(runs.projectId, projectId),
        runIds ? sql`${runs.id} = any(${`{${runIds.join(",")}}`}::uuid[])` : undefined,
        selection ? await selected(ctx, selection) : undefined,
        sweepId ? eq(runs.sweepId, sweepId) : undefined,
        filterOf(filter ?? ""),
      ),
    )
    .orderBy(runs.createdAt, runs.id);
  const found = rows.map((r) => r.id);
  if (runIds) {
    const there = new Set(found);
    const missing = runIds.find((id) => !there.has(id.toLowerCase()));
    if (missing) throw notFound("run", missing);
  }
  return { projectId, ids: found };
}

/**
 * Keeps a choice of runs under an id; runs that are deleted later are no longer in it. The same choice has the same id.
 */
export async function selectRuns(
  ctx: Context,
  input: z.input<typeof whichRunsInput>,
): Promise<{ id: string; runs: number }> {
  authorise(ctx, "read");
  const { projectId, ids: runIds } = await whichRuns(ctx, whichRunsInput.parse(input));
  if (runIds.length === 0 || runIds.length > MOST) {
    const message = `${runIds.length} runs; a selection has 1 to ${MOST}`;
    throw new EtalonError("invalid", message, [{ field: "filter", message }]);
  }
  const digest = createHash("sha256")
    .update([...runIds].sort().join())
    .digest("hex");
  const [row] = await ctx.db
    .insert(runSelections)
    .values({ teamId: ctx.teamId, projectId, runIds, digest, createdAt: ctx.now() })
    .onConflictDoUpdate({ target: [runSelections.projectId, runSelections.digest], set: { digest } })
    .returning({ id: runSelections.id });
  return { id: row!.id, runs: runIds.length };
}

/** The condition on `runs` of a selection of the team. */
export async function selected(ctx: Context, id: string): Promise<SQL> {
  const [row] = await ctx.db
    .select({ id: runSelections.id })
    .from(runSelections)
    .where(and(eq(runSelections.teamId, ctx.teamId), eq(runSelections.id, id)));
  if (!row) throw notFound("selection", id);
  return sql`${runs.id} in (select unnest(s.run_ids) from run_selections s where s.id = ${id})`;
}
