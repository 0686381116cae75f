import { and, eq, inArray } from "drizzle-orm";
import { jobs, runs } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { announce } from "../event";
import { lockSweepOf } from "../sweep/close";
import { endJobsIfDone, OPEN_RUNS } from "./end";
import { requireLease } from "./require-lease";

/** Gives a lease back in good order; the next worker continues from the checkpoint. Does not count as an attempt. */
export async function releaseJob(ctx: Context, input: { jobId: string; leaseId: string }): Promise<void> {
  authorise(ctx, "work");
  await ctx.db.transaction(async (tx) => {
    await lockSweepOf({ ...ctx, db: tx }, input.jobId);
    const job = await requireLease({ ...ctx, db: tx }, input);
    if (job.state !== "running" || (await endJobsIfDone({ ...ctx, db: tx }, [job.id])).length > 0) return;
    await tx
      .update(jobs)
      .set({ state: "queued", workerId: null, leaseId: null, leaseExpiresAt: null })
      .where(eq(jobs.id, job.id));
    await tx
      .update(runs)
      .set({ state: "queued", updatedAt: ctx.now() })
      .where(and(eq(runs.jobId, job.id), inArray(runs.state, OPEN_RUNS)));
    await announce(tx, [{ teamId: ctx.teamId, projectId: job.projectId, kind: "job", id: job.id }]);
  });
}
