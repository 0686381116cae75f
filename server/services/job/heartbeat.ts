import { and, eq, inArray, sql } from "drizzle-orm";
import { jobs, runs } from "@/db/schema";
import { LEASE_SECONDS } from "@/lib/protocol";
import { authorise, type Context } from "@/server/context";
import { inTransaction } from "@/server/transaction";
import { lockSweepOf } from "../sweep/internal";
import { touchWorker } from "../worker/internal";
import { endJobsIfDone, OPEN_RUNS } from "./end";
import { requireLease } from "./require-lease";

/** Renews a lease, also one that ran out but that nobody took up since. Says when the agent must stop. */
export async function heartbeatJob(ctx: Context, input: { jobId: string; leaseId: string }) {
  authorise(ctx, "work");
  const [job] = await ctx.db
    .select({ id: jobs.id, state: jobs.state, leaseId: jobs.leaseId, workerId: jobs.workerId })
    .from(jobs)
    .where(and(eq(jobs.teamId, ctx.teamId), eq(jobs.id, input.jobId)));
  if (!job || job.leaseId !== input.leaseId) return { stop: true, reason: "the lease is no longer held" };
  if (job.workerId) await touchWorker(ctx, job.workerId);
  if (job.state !== "running") return { stop: true, reason: stateReason(job.state) };
  await ctx.db
    .update(jobs)
    .set({ leaseExpiresAt: sql`now() + make_interval(secs => ${LEASE_SECONDS})` })
    .where(and(eq(jobs.id, job.id), eq(jobs.leaseId, input.leaseId), eq(jobs.state, "running")));
  const open = await ctx.db
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.jobId, job.id), inArray(runs.state, OPEN_RUNS)))
    .limit(1);
  if (open.length > 0) return { stop: false, reason: null };
  await inTransaction(ctx, async (ctx) => {
    await lockSweepOf(ctx, job.id);
    await requireLease(ctx, input);
    await endJobsIfDone(ctx, [job.id]);
  });
  return { stop: true, reason: "every run of the job has ended" };
}

function stateReason(state: string): string {
  return state === "canceled" ? "canceled" : `the job is ${state}`;
}
