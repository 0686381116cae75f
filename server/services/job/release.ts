import { and, eq, inArray } from "drizzle-orm";
import { jobs, runs } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { lockSweepOf } from "../sweep/internal";
import { endJobsIfDone, OPEN_RUNS } from "./end";
import { requireLease } from "./require-lease";

/** Gives a lease back in good order; the next worker continues from the checkpoint. Does not count as an attempt. */
export async function releaseJob(ctx: Context, input: { jobId: string; leaseId: string }): Promise<void> {
  authorise(ctx, "work");
  await inTransaction(ctx, async (ctx) => {
    await lockSweepOf(ctx, input.jobId);
    const job = await requireLease(ctx, input);
    if (job.state !== "running" || (await endJobsIfDone(ctx, [job.id])).length > 0) return;
    await ctx.db
      .update(jobs)
      .set({ state: "queued", workerId: null, leaseId: null, leaseExpiresAt: null })
      .where(eq(jobs.id, job.id));
    await ctx.db
      .update(runs)
      .set({ state: "queued", updatedAt: ctx.now() })
      .where(and(eq(runs.jobId, job.id), inArray(runs.state, OPEN_RUNS)));
    await announce(ctx, [{ projectId: job.projectId, kind: "job", id: job.id }]);
  });
}
