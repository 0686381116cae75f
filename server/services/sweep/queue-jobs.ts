import { eq, sql } from "drizzle-orm";
import { jobs, runs, sweeps } from "@/db/schema";
import { learningRate, tokenCount } from "@/lib/format";
import { architectureOf, type RunConfig } from "@/lib/protocol";
import { dimensionsOf } from "@/lib/run";
import { DEFAULT_DECAY, type SearchSpace, type SweepJob, sweepJobs } from "@/lib/sweep";
import type { Context } from "@/server/context";
import { recipeHash, storedRules } from "../mapping/internal";

interface SweepRow {
  id: string;
  projectId: string;
}

/**
 * Queues jobs of a search space, all unless said, and sets the sweep running; `reason` says in words why these. Returns
 * the number of runs.
 */
export async function queueJobs(
  ctx: Context,
  sweep: SweepRow,
  space: SearchSpace,
  { jobs = sweepJobs(space), preset, reason }: { jobs?: SweepJob[]; preset?: string; reason?: string } = {},
): Promise<number> {
  const count = await insertJobs(ctx, sweep, jobs);
  await ctx.db
    .update(sweeps)
    .set({
      state: "running",
      space,
      preset: preset ?? null,
      presetReason: reason ?? null,
      finishedAt: null,
    })
    .where(eq(sweeps.id, sweep.id));
  return count;
}

/** Appends jobs behind the sweep's last one. */
export async function insertJobs(ctx: Context, sweep: SweepRow, list: SweepJob[]): Promise<number> {
  const [last] = await ctx.db
    .select({ position: sql<number>`coalesce(max(${jobs.position}), -1)`.mapWith(Number) })
    .from(jobs)
    .where(eq(jobs.sweepId, sweep.id));
  const ids = { teamId: ctx.teamId, projectId: sweep.projectId, sweepId: sweep.id };
  const createdAt = ctx.now();
  // Held: who saves other rules meanwhile waits, and then finds the runs.
  const rules = await storedRules(ctx, sweep.projectId, "hold");
  const jobRows = list.map((job, i) => ({
    ...ids,
    id: crypto.randomUUID(),
    position: (last?.position ?? -1) + 1 + i,
    costTokens: job.costTokens,
    tokens: job.runs.map((config) => config.tokens).sort((p, q) => p - q),
    width: job.width,
    createdAt,
  }));
  const runRows = list.flatMap((job, i) =>
    job.runs.map((config) => ({
      ...ids,
      jobId: jobRows[i]!.id,
      createdAt,
      updatedAt: createdAt,
      ...runRow(config),
      recipe: recipeHash(config, rules, { own: true }),
    })),
  );
  for (const part of parts(jobRows, 500)) await ctx.db.insert(jobs).values(part);
  for (const part of parts(runRows, 500)) await ctx.db.insert(runs).values(part);
  return runRows.length;
}

function runRow(config: RunConfig) {
  const { model, schedule } = config;
  const architecture = architectureOf(model);
  const size = architecture === "dense" ? `w${model.width}` : `w${model.width} ${architecture}`;
  const kind = config.parametrization.kind === "mup" ? "" : " standard";
  const { weightDecay } = config.optimizer;
  const decay = weightDecay === DEFAULT_DECAY ? "" : ` wd ${weightDecay}`;
  return {
    name: `${size}${kind} b${config.batchSeqs} ${tokenCount(config.tokens)} lr ${learningRate(schedule.peakLr)}${decay} s${config.seed}`,
    config: config as unknown as Record<string, unknown>,
    ...dimensionsOf(config),
  };
}

function* parts<T>(list: T[], size: number): Generator<T[]> {
  for (let i = 0; i < list.length; i += size) yield list.slice(i, i + size);
}
