import { batchUnit, type FitResult, type LrFit, predictBatchTokens, takesBestBatch } from "../fit";
import { dot, leastSquares } from "../fit/linear";
import { lnBatchTokens } from "../fit/regression";
import { significant, tokenCount } from "../format";
import type { RecommendationTarget } from "./target";

export type BatchReading = RecommendationTarget["batchReading"];

/** A law of the best batch alone says nothing of a batch farther from it, as a factor, than this. */
export const BEST_BATCH_LIMIT = 2;
/** Up to this factor a batch is the best one: batches are tried in powers of two. */
const SAME_BATCH = 1.1;

/** The best batch that goes with a law that leaves the batch out, beside the target's own. */
export type BestBatch = {
  /** What both are counted in: tokens, or sequences where the runs have no sequence length. */
  unit: "tokens" | "sequences";
  best: number;
  own: number;
  /** Own over best. */
  factor: number;
};

/** Sequence length of the optima behind a fit, if they share one. */
export function commonSeqLen(result: FitResult): number | null {
  const lengths = new Set(result.optima.filter((o) => o.used).map((o) => o.dims.seqLen));
  const [only] = lengths;
  return lengths.size === 1 ? (only ?? null) : null;
}

/** The target's batch in the unit of the law (sequences of the sweep's length). */
export function lawBatch(target: RecommendationTarget, reading: BatchReading, sweepSeqLen: number | null): number {
  if (reading === "sequences" || sweepSeqLen === null) return target.batchSeqs;
  return (target.batchSeqs * target.seqLen) / sweepSeqLen;
}

/** Null for laws that have the batch in them, and for a run of unknown length. */
export function bestBatchOf(
  fit: LrFit,
  target: RecommendationTarget,
  { lawBatchSeqs, sweepSeqLen }: { lawBatchSeqs: number; sweepSeqLen: number | null },
): BestBatch | null {
  if (!takesBestBatch(fit) || target.tokens === null) return null;
  const unit = batchUnit(fit);
  const best =
    predictBatchTokens(fit, { ...target, tokens: target.tokens }) ?? bestBatchAlongTokens(fit, target.tokens);
  const own = unit === "sequences" ? target.batchSeqs : lawBatchSeqs * (sweepSeqLen ?? target.seqLen);
  return { unit, best, own, factor: own / best };
}

/** For forms, or parameter counts, without a law of the batch: batch = c T^beta through the same optima. */
function bestBatchAlongTokens(fit: LrFit, tokens: number): number {
  const { rows } = fit.regression;
  const y = rows.map(lnBatchTokens);
  const law = leastSquares(
    rows.map((row) => [1, Math.log(row.tokens)]),
    y,
  );
  return Math.exp(law ? dot([1, Math.log(tokens)], law.coefficients) : y.reduce((sum, v) => sum + v, 0) / y.length);
}

export function isNearBest({ factor }: BestBatch): boolean {
  return Math.max(factor, 1 / factor) <= BEST_BATCH_LIMIT;
}

/** Why there is no rate at a batch far from the best one. */
export function farFromBest(batch: BestBatch, target: RecommendationTarget): string {
  const { best, own, factor, unit } = batch;
  const [low, high] = [1 / BEST_BATCH_LIMIT, BEST_BATCH_LIMIT].map((f) => significant((target.batchSeqs / factor) * f));
  const times = factor > 1 ? `${significant(factor)} times as large` : `${significant(1 / factor)} times smaller`;
  return `This law holds at the best batch alone, ${said(best)} ${unit} at this length; the target's of ${said(own)} is ${times}, and the law does not say how the rate goes with the batch. Use a form with the batch in it, or a batch of ${low} to ${high} sequences.`;
}

/** What a reader must know of a rate that is given for another batch than the law's; null for the best one. */
export function notBest({ best, own, factor, unit }: BestBatch): string | null {
  if (Math.max(factor, 1 / factor) <= SAME_BATCH) return null;
  return `The rate is that of the best batch, ${said(best)} ${unit} at this length; the target's is ${said(own)}, and the rate is not scaled to it.`;
}

const said = (batch: number) => tokenCount(Math.round(batch));
