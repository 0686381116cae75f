import { and, eq, inArray, sql } from "drizzle-orm";
import { z } from "zod";
import { deletions, fits, runs } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { announce } from "@/server/event";
import { countPoints } from "@/server/store";
import { inTransaction } from "@/server/transaction";
import { endJobsIfDone, OPEN_RUNS } from "../job/internal";
import { resolveProject } from "../project/internal";
import { selected } from "../run/internal";
import { lockJobsOfRuns } from "../sweep/internal";

export const deletionInput = z.strictObject({
  project: z.string(),
  /** Without them the whole project goes. */
  runIds: z.array(z.uuid()).min(1).max(100_000).optional(),
  /** Or runs that somebody has chosen. */
  selection: z.uuid().optional(),
});
export const startDeletionInput = deletionInput.extend({ confirm: z.string() });
type What = z.output<typeof deletionInput>;

/** What would be lost, and the words that confirm it. */
export interface DeletionPreview {
  confirm: string;
  runs: number;
  points: number;
  /** Saved fits that rest on the runs: they stay, but cannot be computed again. */
  fits: number;
}

export async function previewDeletion(ctx: Context, input: z.input<typeof deletionInput>): Promise<DeletionPreview> {
  authorise(ctx, "read");
  const { project, confirm, ids } = await target(ctx, deletionInput.parse(input));
  const [fit] = await ctx.db
    .select({ n: sql<number>`count(*)`.mapWith(Number) })
    .from(fits)
    .where(
      and(
        eq(fits.projectId, project.id),
        sql`exists (select from unnest(${fits.runIds}) r where r = any(${idArray(ids)}))`,
      ),
    );
  return { confirm, runs: ids.length, points: await countPoints(ctx, ids), fits: fit!.n };
}

/**
 * Begins to delete runs or a project; `confirm` must be the words of the preview. Open runs are canceled first.
 * Errors: `invalid` for other words, `not_found` for runs that the project does not have.
 */
export async function startDeletion(ctx: Context, input: z.input<typeof startDeletionInput>) {
  authorise(ctx, "write");
  const { confirm: typed, ...what } = startDeletionInput.parse(input);
  if (!ofRuns(what)) authorise(ctx, "own");
  const { project, confirm, ids, label } = await target(ctx, what);
  if (typed !== confirm) {
    throw new EtalonError("invalid", `to confirm, type "${confirm}"`, [{ field: "confirm", message: typed }]);
  }
  return inTransaction(ctx, async (ctx) => {
    await cancelOpen(ctx, ids);
    const [row] = await ctx.db
      .insert(deletions)
      .values({
        teamId: ctx.teamId,
        projectId: project.id,
        openTo: project.openTo,
        label,
        runIds: ofRuns(what) ? ids : null,
        total: ids.length,
        createdBy: userOf(ctx),
        createdAt: ctx.now(),
      })
      .returning({ id: deletions.id });
    await recordAudit(ctx, { action: "delete", subject: project.id, detail: { label, runs: ids.length } });
    await announce(ctx, [{ projectId: project.id, kind: "deletion", id: row!.id }]);
    return { id: row!.id, runs: ids.length };
  });
}

/** The run of this id by itself, for programs: the id is the confirmation. */
export async function deleteRun(ctx: Context, input: { runId: string }) {
  authorise(ctx, "write");
  const [run] = await ctx.sql<{ slug: string }[]>`
    select p.slug from runs r join projects p on p.id = r.project_id
    where r.id = ${input.runId} and r.team_id = ${ctx.teamId}`;
  if (!run) throw notFound("run", input.runId);
  const what = { project: run.slug, runIds: [input.runId] };
  const { confirm } = await target(ctx, what);
  return startDeletion(ctx, { ...what, confirm });
}

/** One parameter for any number of ids. */
function idArray(ids: string[]) {
  return sql`${`{${ids.join(",")}}`}::uuid[]`;
}

const ofRuns = (what: What) => Boolean(what.runIds ?? what.selection);

async function target(ctx: Context, what: What) {
  const { project: slug, runIds, selection } = what;
  const project = await resolveProject(ctx, slug);
  const chosen = selection ? await selected(ctx, selection) : undefined;
  const rows = await ctx.db
    .select({ id: runs.id, name: runs.name })
    .from(runs)
    .where(and(eq(runs.projectId, project.id), runIds ? sql`${runs.id} = any(${idArray(runIds)})` : undefined, chosen));
  const ids = rows.map((r) => r.id);
  if (!ofRuns(what)) return { project, ids, confirm: project.slug, label: `project ${project.slug}` };
  const there = new Set(ids);
  const missing = runIds?.find((id) => !there.has(id));
  if (missing) throw notFound("run", missing);
  const single = rows.length === 1 ? rows[0]! : null;
  const confirm = single ? single.name : `delete ${rows.length} runs`;
  return { project, ids, confirm, label: single ? `run ${single.name}` : `${rows.length} runs` };
}

/**
 * The other runs of a trunk go on; a job that has no open run left ends, and with it a sweep that waits for no other.
 */
async function cancelOpen(ctx: Context, ids: string[]): Promise<void> {
  const now = ctx.now();
  const jobIds = await lockJobsOfRuns(ctx, ids);
  await ctx.db
    .update(runs)
    .set({ state: "canceled", finishedAt: now, updatedAt: now })
    .where(and(eq(runs.teamId, ctx.teamId), sql`${runs.id} = any(${idArray(ids)})`, inArray(runs.state, OPEN_RUNS)));
  await endJobsIfDone(ctx, jobIds);
}
