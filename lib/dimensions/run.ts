import type { RunPoint } from "../estimate";
import type { DimensionValues } from "./definitions";

export type PointProblem = { dimension: string; value: string; message: string };

/**
 * The point that a run's dimensions make, or what is missing for one. The batch in tokens is turned into sequences where
 * the sequence length is known; without one it counts as sequences of one token.
 */
export function pointOfDimensions(
  runId: string,
  v: DimensionValues,
): { point: RunPoint | null; problems: PointProblem[] } {
  const problems: PointProblem[] = [];
  const missing = (dimension: string, hint = "") =>
    problems.push({ dimension, value: "", message: `is missing${hint}` });
  if (v.lr === null) missing("lr");
  if (v.tokens === null) missing("tokens");
  if (v.loss === null) missing("loss");
  const batchSeqs = v.batchSeqs ?? (v.batchTokens === null ? null : v.batchTokens / (v.seqLen ?? 1));
  if (batchSeqs === null) missing("batchSeqs", "; map batchSeqs or batchTokens");
  if (v.lr === null || v.tokens === null || v.loss === null || batchSeqs === null) return { point: null, problems };
  const diverged = v.diverged === 1 || !Number.isFinite(v.loss);
  const point: RunPoint = {
    runId,
    architecture: v.architecture ?? "unknown",
    parametrization: v.parametrization ?? "unknown",
    width: v.width,
    depth: v.depth,
    params: { nonEmbedding: v.params, total: v.paramsTotal, active: v.paramsActive },
    seqLen: v.seqLen,
    batchSeqs,
    tokens: v.tokens,
    peakLr: v.lr,
    schedule: v.schedule ?? "unknown",
    data: v.data,
    seed: v.seed,
    state: diverged ? "diverged" : "finished",
    loss: v.loss,
    ...(v.tailLoss !== null && { trainTailLoss: v.tailLoss }),
    metric: v.metric,
    taken: v.taken,
  };
  return { point, problems };
}
