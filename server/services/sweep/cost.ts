import { and, eq, isNull, sql } from "drizzle-orm";
import { workers } from "@/db/schema";
import { LEASE_SECONDS } from "@/lib/protocol";
import { type SweepJob, speedAt } from "@/lib/sweep";
import type { Context } from "@/server/context";

/** What jobs would cost: their runs and tokens, and the time on the workers now online (null: unknown). */
export async function costOf(ctx: Context, jobs: readonly SweepJob[]) {
  const online = await ctx.db
    .select({ slots: workers.slots, tokensPerS: workers.tokensPerS })
    .from(workers)
    .where(
      and(
        eq(workers.teamId, ctx.teamId),
        isNull(workers.stoppedAt),
        sql`${workers.lastSeenAt} > now() - make_interval(secs => ${LEASE_SECONDS})`,
      ),
    );
  const slots = online.reduce((n, w) => n + w.slots, 0);
  const speed = (width: number) => online.reduce((sum, w) => sum + w.slots * speedAt(w.tokensPerS, width), 0) / slots;
  const work = jobs.reduce((sum, job) => sum + job.costTokens / speed(job.width), 0);
  return {
    runs: jobs.reduce((n, job) => n + job.runs.length, 0),
    tokens: jobs.reduce((sum, job) => sum + job.costTokens, 0),
    // No worker: NaN; workers that measured no speed: 0.
    seconds: work > 0 ? work / Math.min(slots, jobs.length) : null,
    slots,
  };
}
