import { eq, sql } from "drizzle-orm";
import { checkpoints, jobs } from "@/db/schema";
import type { Context } from "@/server/context";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { forgetCheckpoints } from "../checkpoint/internal";
import { closeSweepIfDone, lockSweepOf } from "../sweep/internal";

/** A run in one of these states still wants a result; a lease takes it up. */
export const OPEN_RUNS = ["queued", "running", "crashed"] as const;

/** A run in one of these states has ended, or was given up, without a result. */
export const UNFINISHED_RUNS = ["failed", "canceled", "crashed"] as const;

const MOST_ANNOUNCED = 100;

/**
 * Ends those of the jobs none of whose runs is open, whoever notices it first: finished where a run has a result, else
 * failed or canceled as its runs are. Returns their ids. Within a transaction that holds the locks of sweeps and jobs.
 */
export async function endJobsIfDone(ctx: Context, jobIds: readonly string[]): Promise<string[]> {
  if (jobIds.length === 0) return [];
  const ended = await ctx.db.execute<{ id: string; sweep_id: string | null; project_id: string }>(sql`
    update jobs j set finished_at = now(), lease_expires_at = null, state = case
      when exists (select from runs r where r.job_id = j.id and r.state = 'finished') then 'finished'
      when exists (select from runs r where r.job_id = j.id and r.state = 'failed') then 'failed' else 'canceled' end
    where j.team_id = ${ctx.teamId} and j.id = any(${idArray(jobIds)}) and j.state in ('queued', 'running')
      and not exists (select from runs r where r.job_id = j.id and r.state in ('queued', 'running', 'crashed'))
    returning j.id, j.sweep_id, j.project_id`);
  const ids = ended.map((j) => j.id);
  if (ids.length === 0) return ids;
  await forgetCheckpoints(ctx, sql`${checkpoints.jobId} = any(${idArray(ids)})`);
  for (const sweepId of new Set(ended.flatMap((j) => j.sweep_id ?? []))) await closeSweepIfDone(ctx, sweepId);
  await announce(
    ctx,
    // Pages fetch anew at any of them; a project that is deleted may have a hundred thousand.
    ended.slice(0, MOST_ANNOUNCED).map((j) => ({ projectId: j.project_id, kind: "job" as const, id: j.id })),
  );
  return ids;
}

/** The same for the job of a run that has just ended, in a transaction of its own. */
export async function endJobOfRun(ctx: Context, jobId: string): Promise<void> {
  await inTransaction(ctx, async (ctx) => {
    await lockSweepOf(ctx, jobId);
    await ctx.db.select({ id: jobs.id }).from(jobs).where(eq(jobs.id, jobId)).for("update");
    await endJobsIfDone(ctx, [jobId]);
  });
}

/** One parameter for any number of ids. */
function idArray(ids: readonly string[]) {
  return sql`${`{${ids.join(",")}}`}::uuid[]`;
}
