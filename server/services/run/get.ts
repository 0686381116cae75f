import { and, eq } from "drizzle-orm";
import { jobs, projects, runs, sweeps, workers } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { readSummaries } from "@/server/store";
import { isSilent } from "./list";

const LOSS = "train/loss";

/**
 * Everything about one run: config, dimensions, provenance, its sweep, job and worker, and the runs that share its
 * trunk.
 */
export async function getRun(ctx: Context, input: { id: string }) {
  authorise(ctx, "read");
  const [row] = await ctx.db
    .select({
      run: runs,
      silent: isSilent,
      project: projects.slug,
      sweep: sweeps.name,
      worker: workers.name,
      attempts: jobs.attempts,
      leases: jobs.leases,
    })
    .from(runs)
    .innerJoin(projects, eq(projects.id, runs.projectId))
    .leftJoin(sweeps, eq(sweeps.id, runs.sweepId))
    .leftJoin(jobs, eq(jobs.id, runs.jobId))
    .leftJoin(workers, eq(workers.id, jobs.workerId))
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, input.id)));
  if (!row) throw notFound("run", input.id);
  const branches = row.run.jobId
    ? await ctx.db
        .select({ id: runs.id, tokens: runs.tokens, state: runs.state, finalLoss: runs.finalLoss })
        .from(runs)
        .where(eq(runs.jobId, row.run.jobId))
        .orderBy(runs.tokens)
    : [];
  const metrics = await readSummaries(ctx.sql, input.id);
  const newest = Math.max(...metrics.map((m) => m.lastStep ?? 0));
  return {
    ...row.run,
    silent: row.silent ?? false,
    lastStep: metrics.length > 0 ? newest : row.run.lastStep,
    lastLoss: metrics.find((m) => m.name === LOSS)?.last ?? row.run.lastLoss,
    project: row.project,
    sweep: row.sweep,
    worker: row.worker,
    attempts: row.attempts,
    leases: row.leases,
    branches,
    metrics,
  };
}
