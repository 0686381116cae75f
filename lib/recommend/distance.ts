import { computeOf, type FitResult, type LrFit, type Range, tokensPerParamOf } from "../fit";
import { paramsBy } from "../run";
import type { RecommendationTarget } from "./target";

/**
 * One dimension of a target beside the values that the fit was made of; `factor` is 1 inside them. The batch is the one
 * that the law reads the target's as; `unit` says in which sequences, where they are not the target's. Tokens and
 * parameters are counts, batches in sequences, compute in FLOP.
 */
export type TargetDistance = {
  dimension: "tokens" | "batch" | "parameters" | "compute" | "tokens per parameter" | "width" | "depth";
  target: number;
  data: Range;
  factor: number;
  unit?: string;
};

export const distanceBands = ["inside", "near", "beyond", "far"] as const;
export type DistanceBand = (typeof distanceBands)[number];

/** Up to this factor a target is near the data. */
export const NEAR_LIMIT = 3;
/** Advice farther beyond its data than this factor is published with a reason only. */
export const FAR_LIMIT = 30;

/** How far a target lies from the optima of a fit, in every dimension that both know. */
export function distancesOf(
  fit: LrFit,
  result: FitResult,
  target: RecommendationTarget,
  batch: { lawBatchSeqs: number; sweepSeqLen: number | null },
): TargetDistance[] {
  const used = result.optima.filter((o) => o.used);
  const rangeOf = (values: (number | null)[]): Range | null => {
    const known = values.filter((v): v is number => v !== null);
    return known.length > 0 ? { low: Math.min(...known), high: Math.max(...known) } : null;
  };
  const sized = used.map(({ dims }) => ({ tokens: dims.tokens, params: paramsBy(fit.paramDefinition, dims) }));
  const both = target.tokens === null ? null : { tokens: target.tokens, params: target.params };
  const parts: [TargetDistance["dimension"], number | null, Range | null][] = [
    ["tokens", target.tokens, fit.ranges.tokens],
    ["batch", batch.lawBatchSeqs, fit.ranges.batchSeqs],
    ["parameters", target.params, fit.ranges.params],
    ["compute", both && computeOf(both), rangeOf(sized.map(computeOf))],
    ["tokens per parameter", both && tokensPerParamOf(both), rangeOf(sized.map(tokensPerParamOf))],
    ["width", target.width, rangeOf(used.map((o) => o.dims.width))],
    ["depth", target.depth, rangeOf(used.map((o) => o.dims.depth))],
  ];
  const unit = batch.lawBatchSeqs === target.batchSeqs ? {} : { unit: `sequences of ${batch.sweepSeqLen} tokens` };
  return parts.flatMap(([dimension, value, data]) => {
    if (value === null || data === null) return [];
    const factor = Math.max(1, value / data.high, data.low / value);
    return [{ dimension, target: value, data, factor, ...(dimension === "batch" ? unit : {}) }];
  });
}

/** The dimension in which a target is farthest from the data; null for advice of versions that did not look. */
export function farthest(distances: readonly TargetDistance[] | undefined): TargetDistance | null {
  return (distances ?? []).reduce<TargetDistance | null>((far, d) => (far && far.factor >= d.factor ? far : d), null);
}

export function bandOf(factor: number): DistanceBand {
  if (factor <= 1) return "inside";
  if (factor <= NEAR_LIMIT) return "near";
  return factor <= FAR_LIMIT ? "beyond" : "far";
}
