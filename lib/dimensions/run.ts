import type { RunPoint } from "../estimate";
import type { DimensionValues } from "./definitions";

export type PointProblem = { dimension: string; value: string; message: string };

/**
 * The point that a run's dimensions make, or what is missing for one. The batch in tokens is turned into sequences where
 * the sequence length is known; without one it counts as sequences of one token. Batches are whole; `rounded` says what one
 * was before. `left` says why a run is no point without anything being wrong with it: it has not ended, or it has and
 * nothing says how. Where nothing says whether it ended, an empty loss is a diverged run.
 */
export function pointOfDimensions(
  runId: string,
  v: DimensionValues,
): { point: RunPoint | null; problems: PointProblem[]; rounded?: number; left?: "unfinished" | "no result" } {
  const problems: PointProblem[] = [];
  const missing = (dimension: string, hint = "") =>
    problems.push({ dimension, value: "", message: `is missing${hint}` });
  if (v.state === "unfinished") return { point: null, problems, left: "unfinished" };
  const saysHow = v.state === "finished" || v.diverged === 0;
  if (v.loss === null && saysHow) return { point: null, problems, left: "no result" };
  const loss = v.loss ?? Number.NaN;
  if (v.lr === null) missing("lr");
  if (v.tokens === null) missing("tokens");
  const batch = v.batchSeqs ?? (v.batchTokens === null ? null : v.batchTokens / (v.seqLen ?? 1));
  if (batch === null) missing("batchSeqs", "; map batchSeqs or batchTokens");
  if (v.lr === null || v.tokens === null || batch === null) return { point: null, problems };
  const batchSeqs = Math.max(1, Math.round(batch));
  const diverged = v.diverged === 1 || v.state === "diverged" || !Number.isFinite(loss);
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
    loss,
    ...(v.tailLoss !== null && { trainTailLoss: v.tailLoss }),
    metric: v.metric,
    taken: v.taken,
  };
  return { point, problems, ...(batchSeqs !== batch && { rounded: batch }) };
}
