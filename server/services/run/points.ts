import { and, eq, inArray } from "drizzle-orm";
import { runs } from "@/db/schema";
import type { RunPoint } from "@/lib/estimate";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project";

/**
 * The project's runs as the science core reads them, in a fixed order (by id), so that equal input gives equal bits.
 * Only ended runs that have a learning rate, a batch and a token count; the rest cannot lie on a curve.
 */
export async function runPoints(ctx: Context, input: { project: string; sweepId?: string; ids?: string[] }): Promise<RunPoint[]> {
  authorise(ctx, "read");
  const project = await resolveProject(ctx, input.project);
  const rows = await ctx.db
    .select()
    .from(runs)
    .where(
      and(
        eq(runs.projectId, project.id),
        eq(runs.state, "finished"),
        input.sweepId ? eq(runs.sweepId, input.sweepId) : undefined,
        input.ids ? inArray(runs.id, input.ids) : undefined,
      ),
    )
    .orderBy(runs.id);
  return rows.flatMap((r) => {
    if (r.peakLr === null || r.batchSeqs === null || r.tokens === null) return [];
    return {
      runId: r.id,
      architecture: r.architecture ?? "unknown",
      parametrization: r.parametrization ?? "unknown",
      width: r.width,
      depth: r.depth,
      params: { total: r.paramsTotal, nonEmbedding: r.paramsNonEmbedding, active: r.paramsActive },
      seqLen: r.seqLen,
      batchSeqs: r.batchSeqs,
      tokens: r.tokens,
      peakLr: r.peakLr,
      schedule: r.schedule ?? "unknown",
      data: r.data,
      seed: r.seed,
      state: r.diverged ? ("diverged" as const) : ("finished" as const),
      loss: r.finalLoss,
      trainTailLoss: r.trainTailLoss,
    };
  });
}
