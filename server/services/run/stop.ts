import { and, eq, inArray } from "drizzle-orm";
import { jobs, runs } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { recordAudit } from "../audit";
import { announce } from "../event";
import { endJobsIfDone, OPEN_RUNS } from "../job";
import { lockSweepOf } from "../sweep/close";

/** Cancels a queued or running run. Its job goes on for the other runs of the trunk and ends when none is left. */
export async function stopRun(ctx: Context, input: { id: string }): Promise<void> {
  authorise(ctx, "write");
  const at = ctx.now();
  await ctx.db.transaction(async (tx) => {
    const [run] = await tx
      .select({ state: runs.state, jobId: runs.jobId, projectId: runs.projectId })
      .from(runs)
      .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, input.id)));
    if (!run) throw notFound("run", input.id);
    if (run.jobId) {
      await lockSweepOf({ ...ctx, db: tx }, run.jobId);
      await tx.select({ id: jobs.id }).from(jobs).where(eq(jobs.id, run.jobId)).for("update");
    }
    const stopped = await tx
      .update(runs)
      .set({ state: "canceled", finishedAt: at, updatedAt: at })
      .where(and(eq(runs.id, input.id), inArray(runs.state, OPEN_RUNS)))
      .returning({ id: runs.id });
    if (stopped.length === 0) throw new EtalonError("conflict", `the run is ${run.state} already`);
    if (run.jobId) await endJobsIfDone({ ...ctx, db: tx }, [run.jobId]);
    await recordAudit(ctx, { action: "run.stop", subject: input.id }, tx);
    await announce(tx, [{ teamId: ctx.teamId, projectId: run.projectId, kind: "run", id: input.id }]);
  });
}
