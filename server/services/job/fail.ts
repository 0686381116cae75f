import { and, eq, inArray, sql } from "drizzle-orm";
import { checkpoints, jobs, runs } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { forgetCheckpoints } from "../checkpoint/internal";
import { tellEnd } from "../notification/internal";
import { closeSweepIfDone, lockSweepOf } from "../sweep/internal";
import { endJobsIfDone, OPEN_RUNS } from "./end";
import { requireLease } from "./require-lease";

type Job = typeof jobs.$inferSelect;

/** Records a failed attempt: back into the queue while attempts are left, else the job and its open runs fail. */
export async function failJob(
  ctx: Context,
  input: { jobId: string; leaseId: string; reason: string; stderr: string; retry: boolean },
): Promise<void> {
  authorise(ctx, "work");
  await inTransaction(ctx, async (ctx) => {
    await lockSweepOf(ctx, input.jobId);
    const job = await requireLease(ctx, input);
    if (job.state !== "running") return;
    const tail = input.stderr.trim();
    await recordFailedAttempt(ctx, job, tail ? `${input.reason}\n${tail}` : input.reason, input.retry);
  });
}

/**
 * Within a transaction that holds the locks of sweep and job. Shared by a reported failure and by a lost worker. A job
 * whose runs have all ended has not failed, whatever became of its worker.
 */
export async function recordFailedAttempt(ctx: Context, job: Job, reason: string, retry: boolean): Promise<void> {
  if ((await endJobsIfDone(ctx, [job.id])).length > 0) return;
  const fromTheBeginning = !retry && (await dropForeignCheckpoint(ctx, job));
  const attempts = job.attempts + (fromTheBeginning ? 0 : 1);
  const again = fromTheBeginning || (retry && attempts < job.maxAttempts);
  const at = ctx.now();
  const noLease = { workerId: null, leaseId: null, leaseExpiresAt: null };
  const error = retry ? `attempt ${attempts} of ${job.maxAttempts}: ${reason}` : reason;
  await ctx.db
    .update(jobs)
    .set(
      again
        ? { ...noLease, state: "queued", attempts, error }
        : { ...noLease, state: "failed", attempts, error, finishedAt: sql`now()` },
    )
    .where(eq(jobs.id, job.id));
  const changed = await ctx.db
    .update(runs)
    .set(again ? { state: "queued", error, updatedAt: at } : { state: "failed", error, finishedAt: at, updatedAt: at })
    .where(and(eq(runs.jobId, job.id), inArray(runs.state, OPEN_RUNS)))
    .returning({ id: runs.id, projectId: runs.projectId, diverged: runs.diverged, error: runs.error });
  if (!again) for (const run of changed) await tellEnd(ctx, { ...run, since: at });
  if (!again && job.sweepId) await closeSweepIfDone(ctx, job.sweepId);
  await announce(ctx, [{ projectId: job.projectId, kind: "job", id: job.id }]);
}

/**
 * Forgets the checkpoint that the lease began with, where it wrote none itself. An agent of a version before reports
 * one that its trainer refuses as a job that cannot be trained; from the beginning it may be. Returns whether there was
 * one.
 */
async function dropForeignCheckpoint(ctx: Context, job: Job): Promise<boolean> {
  const before = sql`${checkpoints.createdAt} < ${job.startedAt?.toISOString() ?? null}`;
  return (await forgetCheckpoints(ctx, sql`${checkpoints.jobId} = ${job.id} and ${before}`)) > 0;
}
