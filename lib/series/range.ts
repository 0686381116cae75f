import { quantileSorted } from "d3-array";

/**
 * Limits of an axis that a few extreme values cannot squash: from the smallest to the given quantile of the finite
 * values. `outside` counts what lies above, non-finite values included. Null without finite values.
 */
export function robustRange(
  values: readonly number[],
  quantile = 0.97,
): { low: number; high: number; outside: number } | null {
  const finite = values.filter(Number.isFinite).sort((p, q) => p - q);
  if (finite.length === 0) return null;
  const high = quantileSorted(finite, quantile)!;
  const above = finite.filter((v) => v > high).length;
  return { low: finite[0]!, high, outside: above + values.length - finite.length };
}

/** First quartile of a run's training losses; a run that ends above it has diverged. Null without finite values. */
export function firstQuartile(losses: Float64Array): number | null {
  const finite = losses.filter(Number.isFinite).sort();
  // It only reads by index, whatever the type says.
  return quantileSorted(finite as unknown as number[], 0.25) ?? null;
}
