import { and, desc, eq, inArray, notInArray, sql } from "drizzle-orm";
import { jobs, projects, runs, sweeps } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { inReach } from "../project/internal";
import { UNFINISHED_RUNS } from "./end";

const MOST_LISTED = 200;

/**
 * Jobs that ended and left runs without a result, the last first, each with what it ended of: what `retryJob` queues
 * again.
 */
export async function unfinishedJobs(ctx: Context, input: { sweepId?: string }) {
  authorise(ctx, "read");
  const left = sql<number>`count(*)`.mapWith(Number);
  return ctx.db
    .select({
      id: jobs.id,
      state: jobs.state,
      error: jobs.error,
      finishedAt: jobs.finishedAt,
      project: projects.slug,
      sweep: sweeps.name,
      runs: left,
      firstRun: sql<string>`min(${runs.name})`,
    })
    .from(jobs)
    .innerJoin(runs, eq(runs.jobId, jobs.id))
    .innerJoin(projects, eq(projects.id, jobs.projectId))
    .leftJoin(sweeps, eq(sweeps.id, jobs.sweepId))
    .where(
      and(
        eq(jobs.teamId, ctx.teamId),
        inReach(ctx, jobs.projectId),
        input.sweepId ? eq(jobs.sweepId, input.sweepId) : undefined,
        notInArray(jobs.state, ["queued", "running"]),
        inArray(runs.state, UNFINISHED_RUNS),
      ),
    )
    .groupBy(jobs.id, projects.slug, sweeps.name)
    .orderBy(desc(jobs.finishedAt), jobs.position)
    .limit(MOST_LISTED);
}
