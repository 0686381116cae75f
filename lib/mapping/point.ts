import type { RunPoint } from "../run";
import type { MappedValues } from "./definitions";

export type PointProblem = { dimension: string; value: string; message: string };

/**
 * The point that a run's dimensions make, or what is missing for one. The batch in tokens is turned into sequences
 * where the sequence length is known; without one it counts as sequences of one token. Batches are whole; `rounded`
 * says what one was before. `left` says why a run is no point without anything being wrong with it: it has not ended,
 * or nothing says how: an empty loss is missing, and no divergence unless another column says so.
 */
export function pointOfValues(
  runId: string,
  values: MappedValues,
): { point: RunPoint | null; problems: PointProblem[]; rounded?: number; left?: "unfinished" | "no result" } {
  const { batchTokens, diverged, state, name: _, ...dimensions } = values;
  const { peakLr, tokens, finalLoss, trainTailLoss, ...described } = dimensions;
  const problems: PointProblem[] = [];
  const missing = (dimension: string, hint = "") =>
    problems.push({ dimension, value: "", message: `is missing${hint}` });
  if (state === "unfinished") return { point: null, problems, left: "unfinished" };
  const hasDiverged = diverged === 1 || state === "diverged";
  if (finalLoss === null && !hasDiverged) return { point: null, problems, left: "no result" };
  const loss = finalLoss ?? Number.NaN;
  if (peakLr === null) missing("peakLr");
  if (tokens === null) missing("tokens");
  const batch = dimensions.batchSeqs ?? (batchTokens === null ? null : batchTokens / (dimensions.seqLen ?? 1));
  if (batch === null) missing("batchSeqs", "; map batchSeqs or batchTokens");
  if (peakLr === null || tokens === null || batch === null) return { point: null, problems };
  const batchSeqs = Math.max(1, Math.round(batch));
  const point: RunPoint = {
    ...described,
    runId,
    architecture: described.architecture ?? "unknown",
    parametrization: described.parametrization ?? "unknown",
    schedule: described.schedule ?? "unknown",
    batchSeqs,
    tokens,
    peakLr,
    state: hasDiverged || !Number.isFinite(loss) ? "diverged" : "finished",
    finalLoss: loss,
    ...(trainTailLoss !== null && { trainTailLoss }),
  };
  return { point, problems, ...(batchSeqs !== batch && { rounded: batch }) };
}
