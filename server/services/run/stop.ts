import { and, eq, inArray } from "drizzle-orm";
import { jobs, runs } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { endJobsIfDone, OPEN_RUNS } from "../job/internal";
import { lockSweepOf } from "../sweep/internal";

/** Cancels a queued or running run. Its job goes on for the other runs of the trunk and ends when none is left. */
export async function stopRun(ctx: Context, input: { id: string }): Promise<void> {
  authorise(ctx, "write");
  const at = ctx.now();
  await inTransaction(ctx, async (ctx) => {
    const [run] = await ctx.db
      .select({ state: runs.state, jobId: runs.jobId, projectId: runs.projectId })
      .from(runs)
      .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, input.id)));
    if (!run) throw notFound("run", input.id);
    if (run.jobId) {
      await lockSweepOf(ctx, run.jobId);
      await ctx.db.select({ id: jobs.id }).from(jobs).where(eq(jobs.id, run.jobId)).for("update");
    }
    const stopped = await ctx.db
      .update(runs)
      .set({ state: "canceled", finishedAt: at, updatedAt: at })
      .where(and(eq(runs.id, input.id), inArray(runs.state, OPEN_RUNS)))
      .returning({ id: runs.id });
    if (stopped.length === 0) throw new EtalonError("conflict", `the run is ${run.state} already`);
    if (run.jobId) await endJobsIfDone(ctx, [run.jobId]);
    await recordAudit(ctx, { action: "run.stop", subject: input.id });
    await announce(ctx, [{ projectId: run.projectId, kind: "run", id: input.id }]);
  });
}
