import { and, eq, inArray } from "drizzle-orm";
import { z } from "zod";
import { runs } from "@/db/schema";
import type { FinishRun } from "@/lib/protocol";
import { firstQuartile } from "@/lib/series";
import type { Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { announce } from "../event";
import { authoriseIngest, endJobOfRun } from "../job";
import { readSeries } from "../metric";

const TRAINING_LOSS = "train/loss";
const OPEN = ["queued", "running", "crashed"] as const;

/** Ends a run with its result. A run that was canceled stays canceled. Ending a run again overwrites nothing. */
export async function finishRun(ctx: Context, input: FinishRun & { runId: string }) {
  const { runId, provenance, ...result } = input;
  await authoriseIngest(ctx, runId);
  const [run] = await ctx.db
    .select({ state: runs.state, projectId: runs.projectId, source: runs.source, jobId: runs.jobId })
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, runId)));
  if (!run) throw notFound("run", runId);
  const now = ctx.now();
  const diverged = result.diverged || (result.finalLoss !== null && !Number.isFinite(result.finalLoss));
  const [ended] = await ctx.db
    .update(runs)
    .set({
      ...result,
      diverged,
      finishedAt: now,
      updatedAt: now,
      ...(provenance && { provenance }),
      ...dataOf(run, provenance),
    })
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, runId), inArray(runs.state, OPEN)))
    .returning({ state: runs.state });
  if (!ended) return { state: run.state, changed: false };
  await keepQuartile(ctx, runId);
  if (run.jobId) await endJobOfRun(ctx, run.jobId);
  await announce(ctx.db, [{ teamId: ctx.teamId, projectId: run.projectId, kind: "run", id: runId }]);
  return { state: ended.state, changed: true };
}

const preparedSchema = z.object({ data: z.object({ source: z.string().max(400), content: z.string().max(64) }) });

/** A folder may hold other texts tomorrow: what a run was trained on is told apart by what they say, not by their path. */
function dataOf(run: { source: string }, provenance: FinishRun["provenance"]): { data?: string } {
  const prepared = preparedSchema.safeParse(provenance);
  if (run.source !== "trainer" || !prepared.success) return {};
  const { source, content } = prepared.data.data;
  return source.startsWith("/") ? { data: `${source}@${content}` } : {};
}

/** The first quartile of the run's own training loss, above which a final loss at a high rate counts as divergence. */
async function keepQuartile(ctx: Context, runId: string): Promise<void> {
  const reader: Context = { ...ctx, actor: { kind: "system", name: "finish" } };
  const [series] = await readSeries(reader, { runIds: [runId], metric: TRAINING_LOSS });
  const trainLossQuartile = firstQuartile(series?.values ?? []);
  if (trainLossQuartile === null) return;
  await ctx.db
    .update(runs)
    .set({ trainLossQuartile })
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, runId)));
}
