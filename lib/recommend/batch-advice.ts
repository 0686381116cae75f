import { type BestBatchAt, bestBatchAt, type CellBatch, fitBatch, isBatchLaw } from "../batch";
import type { FitResult, Range } from "../fit";
import { counted } from "../format";
import type { RecommendationTarget } from "./target";

/** The best batch for the target's length beside its own, by the least losses of the law's curves. */
export type BatchAdvice = BestBatchAt & {
  /** The target's, in the same unit. */
  own: number;
  /** Batches that were tried. */
  tried: Range;
  /** What the advice rests on, and what it lacks, in words. */
  source: string;
};

export type NoBatchAdvice = { reason: string };

export function batchAdvice(result: FitResult, target: RecommendationTarget): BatchAdvice | NoBatchAdvice {
  if (target.tokens === null) return { reason: "The best batch goes with the length of the run, which is unknown." };
  const fit = fitBatch(result.optima);
  if (!isBatchLaw(fit)) return { reason: fit.reason };
  const at = bestBatchAt(fit, target.tokens);
  if (!(at.best > 0) || !Number.isFinite(at.best)) return { reason: "The best batch is no number at this length." };
  const batches = fit.cells.flatMap((cell) => cell.batches);
  return {
    ...at,
    own: at.unit === "tokens" ? target.batchSeqs * target.seqLen : target.batchSeqs,
    tried: { low: Math.min(...batches), high: Math.max(...batches) },
    source: sourceOf(fit.cells, fit.beta !== null),
  };
}

function sourceOf(cells: readonly CellBatch[], moves: boolean): string {
  const inside = cells.filter((cell) => cell.status === "inside").length;
  const seen = `best batch inside those tried in ${inside} of ${counted(cells.length, "size and token count", "sizes and token counts")}`;
  return moves ? seen : `${seen}; one token count, so that how it goes with the length is unknown`;
}
