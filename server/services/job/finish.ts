import { and, eq, inArray, sql } from "drizzle-orm";
import { checkpoints, jobs, runs } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { forgetCheckpoints } from "../checkpoint/internal";
import { tellEnd } from "../notification/internal";
import { closeSweepIfDone, lockSweepOf } from "../sweep/internal";
import { OPEN_RUNS } from "./end";
import { requireLease } from "./require-lease";

/** Ends a job whose trainer came to its end. A run that got no result is failed with that reason. */
export async function finishJob(ctx: Context, input: { jobId: string; leaseId: string }): Promise<void> {
  authorise(ctx, "work");
  await inTransaction(ctx, async (ctx) => {
    await lockSweepOf(ctx, input.jobId);
    const job = await requireLease(ctx, input);
    if (job.state !== "running") return;
    const finishedAt = ctx.now();
    await ctx.db
      .update(jobs)
      .set({ state: "finished", finishedAt: sql`now()`, leaseExpiresAt: null })
      .where(eq(jobs.id, job.id));
    const failed = await ctx.db
      .update(runs)
      .set({
        state: "failed",
        error: "the trainer ended without a result for this run",
        finishedAt,
        updatedAt: finishedAt,
      })
      .where(and(eq(runs.jobId, job.id), inArray(runs.state, OPEN_RUNS)))
      .returning({ id: runs.id, projectId: runs.projectId, diverged: runs.diverged, error: runs.error });
    for (const run of failed) await tellEnd(ctx, { ...run, since: finishedAt });
    await forgetCheckpoints(ctx, eq(checkpoints.jobId, job.id));
    if (job.sweepId) await closeSweepIfDone(ctx, job.sweepId);
    await announce(ctx, [{ projectId: job.projectId, kind: "job", id: job.id }]);
  });
}
