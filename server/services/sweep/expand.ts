import { and, asc, eq, isNull } from "drizzle-orm";
import { sweeps } from "@/db/schema";
import type { RegisterWorker } from "@/lib/protocol";
import { choosePreset } from "@/lib/sweep";
import type { Context } from "@/server/context";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { queueJobs } from "./queue-jobs";

/**
 * What the quickstart should take on the machine that reports its speed. The promise is nine minutes, also where other
 * programs run.
 */
const QUICKSTART_BUDGET_SECONDS = 380;

/** Queues the sweeps that wait for a measured speed, with the largest preset that the speed allows. */
export async function expandWaitingSweeps(ctx: Context, worker: RegisterWorker): Promise<void> {
  const waiting = await ctx.db
    .select({ id: sweeps.id })
    .from(sweeps)
    .where(and(eq(sweeps.teamId, ctx.teamId), eq(sweeps.state, "waiting"), isNull(sweeps.space)));
  if (waiting.length === 0) return;
  const chosen = choosePreset(worker.tokensPerS, worker.slots, QUICKSTART_BUDGET_SECONDS);
  const why = { preset: chosen.preset.name, reason: chosen.reason };
  for (const { id } of waiting) {
    await inTransaction(ctx, async (ctx) => {
      const [sweep] = await ctx.db
        .select({ id: sweeps.id, projectId: sweeps.projectId })
        .from(sweeps)
        .where(and(eq(sweeps.id, id), eq(sweeps.state, "waiting")))
        .orderBy(asc(sweeps.createdAt))
        .for("update");
      if (!sweep) return; // another worker was faster
      await queueJobs(ctx, sweep, chosen.preset.space, why);
      await announce(ctx, [{ projectId: sweep.projectId, kind: "sweep", id }]);
    });
  }
}
