import { and, eq, lt } from "drizzle-orm";
import { jobs, workers } from "@/db/schema";
import type { Context } from "@/server/context";
import { lockSweepOf } from "../sweep/close";
import { recordFailedAttempt } from "./fail";

/** Takes back the leases of workers that were not heard of in time; counts as an attempt. Returns how many. */
export async function expireLeases(ctx: Context): Promise<number> {
  const expired = and(eq(jobs.teamId, ctx.teamId), eq(jobs.state, "running"), lt(jobs.leaseExpiresAt, ctx.now()));
  const lost = await ctx.db.select({ id: jobs.id }).from(jobs).where(expired);
  const taken = await Promise.all(lost.map(({ id }) => ctx.db.transaction((tx) => expire({ ...ctx, db: tx }, id))));
  return taken.filter(Boolean).length;

  async function expire(inTransaction: Context, jobId: string): Promise<boolean> {
    await lockSweepOf(inTransaction, jobId);
    const [row] = await inTransaction.db
      .select({ job: jobs, worker: workers.name })
      .from(jobs)
      .leftJoin(workers, eq(workers.id, jobs.workerId))
      .where(and(expired, eq(jobs.id, jobId)))
      .for("update", { of: jobs });
    if (!row) return false; // renewed or ended since
    const reason = `worker ${row.worker ?? "(removed)"} was not heard of in time`;
    await recordFailedAttempt(inTransaction, row.job, reason, true);
    return true;
  }
}
