import { and, eq, inArray } from "drizzle-orm";
import { jobs, runs, sweeps } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { lockSweepOf } from "../sweep/internal";
import { UNFINISHED_RUNS } from "./end";

/**
 * Queues a job that has ended again, with those of its runs that got no result and all its attempts before it. Its
 * sweep runs again where it had ended. Errors: `conflict` for a job that is open, or all of whose runs have a result.
 */
export async function retryJob(ctx: Context, input: { id: string }): Promise<{ id: string; runs: number }> {
  authorise(ctx, "write");
  return inTransaction(ctx, async (ctx) => {
    await lockSweepOf(ctx, input.id);
    const [job] = await ctx.db
      .select()
      .from(jobs)
      .where(and(eq(jobs.teamId, ctx.teamId), eq(jobs.id, input.id)))
      .for("update");
    if (!job) throw notFound("job", input.id);
    if (job.state === "queued" || job.state === "running")
      throw new EtalonError("conflict", `job ${job.id} is ${job.state}; only one that has ended can be queued again`);
    const queued = await ctx.db
      .update(runs)
      .set({ state: "queued", error: null, finishedAt: null, sealed: false, updatedAt: ctx.now() })
      .where(and(eq(runs.jobId, job.id), inArray(runs.state, UNFINISHED_RUNS)))
      .returning({ id: runs.id });
    if (queued.length === 0)
      throw new EtalonError("conflict", `job ${job.id} is ${job.state} and every run of it has a result`);
    await ctx.db
      .update(jobs)
      .set({ state: "queued", attempts: 0, error: null, finishedAt: null, startedAt: null, ...NO_LEASE })
      .where(eq(jobs.id, job.id));
    if (job.sweepId)
      await ctx.db
        .update(sweeps)
        .set({ state: "running", finishedAt: null })
        .where(and(eq(sweeps.id, job.sweepId), inArray(sweeps.state, ["finished", "canceled"])));
    await recordAudit(ctx, { action: "job.retry", subject: job.id, detail: { runs: queued.length } });
    await announce(ctx, [{ projectId: job.projectId, kind: "job", id: job.id }]);
    return { id: job.id, runs: queued.length };
  });
}

const NO_LEASE = { workerId: null, leaseId: null, leaseExpiresAt: null };
