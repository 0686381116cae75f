import { and, eq, sql } from "drizzle-orm";
import { jobs, workers } from "@/db/schema";
import { LEASE_SECONDS } from "@/lib/protocol";
import type { Context } from "@/server/context";
import { inTransaction } from "@/server/transaction";
import { lockSweepOf } from "../sweep/internal";
import { recordFailedAttempt } from "./fail";

/**
 * Takes back the leases of workers that were not heard of in time, by the database's clock, which also gave them;
 * counts as an attempt. Returns how many.
 */
export async function expireLeases(ctx: Context): Promise<number> {
  const expired = and(eq(jobs.teamId, ctx.teamId), eq(jobs.state, "running"), sql`${jobs.leaseExpiresAt} < now()`);
  const lost = await ctx.db.select({ id: jobs.id }).from(jobs).where(expired);
  let taken = 0;
  for (const { id } of lost) if (await inTransaction(ctx, (ctx) => expire(ctx, id))) taken++;
  return taken;

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

/** Gives every lease its whole time again: who could not reach the server was not heard of, whatever it did. */
export async function renewLeases(ctx: Pick<Context, "sql">): Promise<void> {
  await ctx.sql`
    update jobs set lease_expires_at = greatest(lease_expires_at, now() + make_interval(secs => ${LEASE_SECONDS}))
    where state = 'running' and lease_expires_at is not null`;
}
