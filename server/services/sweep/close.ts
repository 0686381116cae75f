import { and, count, eq, inArray, sql } from "drizzle-orm";
import { jobs, runs, sweeps } from "@/db/schema";
import type { Context } from "@/server/context";
import { askForChecks, tell } from "../notification/internal";
import { HAS_RESULT } from "../run/internal";

/**
 * Locks the sweep of a job until the transaction ends. Whatever ends jobs takes its locks in the order sweep, job, run,
 * so that a sweep that is stopped while its jobs finish waits for them instead of standing against them.
 */
export async function lockSweepOf(ctx: Context, jobId: string): Promise<void> {
  await ctx.db.execute(sql`
    select 1 from sweeps where id = (select sweep_id from jobs where id = ${jobId} and team_id = ${ctx.teamId}) for update`);
}

/**
 * Locks the jobs that have one of the runs, and before them their sweeps, each in the order of ids. Returns the jobs'
 * ids.
 */
export async function lockJobsOfRuns(ctx: Context, runIds: readonly string[]): Promise<string[]> {
  const ids = sql`${`{${runIds.join(",")}}`}::uuid[]`;
  const ofRuns = sql`select job_id from runs where id = any(${ids}) and team_id = ${ctx.teamId}`;
  await ctx.db.execute(sql`
    select 1 from sweeps where id in (select sweep_id from jobs where id in (${ofRuns})) order by id for update`);
  const locked = await ctx.db.execute<{ id: string }>(sql`
    select id from jobs where id in (${ofRuns}) order by id for update`);
  return locked.map((j) => j.id);
}

/** Sets a running sweep finished once no job of it is queued or running. */
export async function closeSweepIfDone(ctx: Context, sweepId: string): Promise<void> {
  const about = { state: sweeps.state, projectId: sweeps.projectId };
  const [sweep] = await ctx.db.select(about).from(sweeps).where(eq(sweeps.id, sweepId)).for("update");
  if (sweep?.state !== "running") return;
  const open = await ctx.db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.sweepId, sweepId), inArray(jobs.state, ["queued", "running"])))
    .limit(1);
  if (open.length > 0) return;
  const finishedAt = ctx.now();
  await ctx.db.update(sweeps).set({ state: "finished", finishedAt }).where(eq(sweeps.id, sweepId));
  const [counted] = await ctx.db
    .select({ runs: count(), withResult: sql<number>`count(*) filter (where ${HAS_RESULT})`.mapWith(Number) })
    .from(runs)
    .where(eq(runs.sweepId, sweepId));
  const { projectId } = sweep;
  const occurrence = finishedAt.toISOString();
  await tell(ctx, { kind: "sweep-finished", subject: { projectId, sweepId }, occurrence, detail: counted! });
  await askForChecks(ctx, projectId);
}
