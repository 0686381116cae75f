import { and, eq, lt } from "drizzle-orm";
import { jobs, workers } from "@/db/schema";
import type { Context } from "@/server/context";
import { recordFailedAttempt } from "./fail";

/** Takes back the leases of workers that were not heard of in time; counts as an attempt. */
export async function expireLeases(ctx: Context): Promise<number> {
  return ctx.db.transaction(async (tx) => {
    const lost = await tx
      .select({ job: jobs, worker: workers.name })
      .from(jobs)
      .leftJoin(workers, eq(workers.id, jobs.workerId))
      .where(and(eq(jobs.teamId, ctx.teamId), eq(jobs.state, "running"), lt(jobs.leaseExpiresAt, ctx.now())))
      .for("update", { of: jobs, skipLocked: true });
    for (const { job, worker } of lost) {
      await recordFailedAttempt(
        { ...ctx, db: tx },
        job,
        `worker ${worker ?? "(removed)"} was not heard of in time`,
        true,
      );
    }
    return lost.length;
  });
}
