import { and, eq, inArray, sql } from "drizzle-orm";
import { jobs, sweeps } from "@/db/schema";
import type { Context } from "@/server/context";

/**
 * Locks the sweep of a job until the transaction ends. Whatever ends jobs takes its locks in the order sweep, job, run,
 * so that a sweep that is stopped while its jobs finish waits for them instead of standing against them.
 */
export async function lockSweepOf(ctx: Context, jobId: string): Promise<void> {
  await ctx.db.execute(sql`
    select 1 from sweeps where id = (select sweep_id from jobs where id = ${jobId} and team_id = ${ctx.teamId}) for update`);
}

/** Sets a running sweep finished once no job of it is queued or running. */
export async function closeSweepIfDone(ctx: Context, sweepId: string): Promise<void> {
  const [sweep] = await ctx.db.select({ state: sweeps.state }).from(sweeps).where(eq(sweeps.id, sweepId)).for("update");
  if (sweep?.state !== "running") return;
  const open = await ctx.db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.sweepId, sweepId), inArray(jobs.state, ["queued", "running"])))
    .limit(1);
  if (open.length > 0) return;
  await ctx.db.update(sweeps).set({ state: "finished", finishedAt: ctx.now() }).where(eq(sweeps.id, sweepId));
}
