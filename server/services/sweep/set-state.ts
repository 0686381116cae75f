import { and, eq, inArray } from "drizzle-orm";
import { jobs, runs, sweeps } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { closeSweepIfDone } from "./close";

/**
 * Pauses (running jobs end, queued ones wait), resumes, or stops a sweep (running jobs are stopped too; final). A
 * quickstart whose preset is not chosen yet waits for it again when it is resumed.
 */
export async function setSweepState(ctx: Context, input: { id: string; to: "paused" | "running" | "canceled" }) {
  authorise(ctx, "write");
  return inTransaction(ctx, async (ctx) => {
    const [sweep] = await ctx.db
      .select()
      .from(sweeps)
      .where(and(eq(sweeps.teamId, ctx.teamId), eq(sweeps.id, input.id)))
      .for("update");
    if (!sweep) throw notFound("sweep", input.id);
    if (sweep.state === "finished" || sweep.state === "canceled") {
      throw new EtalonError("conflict", `the sweep is ${sweep.state}; queue it again to train more runs`);
    }
    if (input.to === "canceled") await cancelOpen(ctx, input.id);
    const finishedAt = input.to === "canceled" ? ctx.now() : null;
    const state = input.to === "running" && sweep.space === null ? "waiting" : input.to;
    await ctx.db.update(sweeps).set({ state, finishedAt }).where(eq(sweeps.id, input.id));
    if (state === "running") await closeSweepIfDone(ctx, input.id);
    await recordAudit(ctx, { action: `sweep.${input.to}`, subject: input.id });
    await announce(ctx, [{ projectId: sweep.projectId, kind: "sweep", id: input.id }]);
  });
}

async function cancelOpen(ctx: Context, sweepId: string): Promise<void> {
  const finishedAt = ctx.now();
  await ctx.db
    .update(jobs)
    .set({ state: "canceled", finishedAt })
    .where(and(eq(jobs.sweepId, sweepId), inArray(jobs.state, ["queued", "running"])));
  await ctx.db
    .update(runs)
    .set({ state: "canceled", finishedAt, updatedAt: finishedAt })
    .where(and(eq(runs.sweepId, sweepId), inArray(runs.state, ["queued", "running", "crashed"])));
}
