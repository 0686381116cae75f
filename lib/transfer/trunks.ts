import tQuantile from "@stdlib/stats-base-dists-t-quantile";
import { groupBy } from "../estimate";
import { square } from "../portable";
import { mean } from "./check";

export type TrunkMean = { n: number; df: number; mean: number; se: number; low: number; high: number };

/**
 * Mean of what was found in each trunk, with its 95% interval. Runs of one batch and seed share their data order, and
 * mostly their first steps too, whatever their tokens, so their optima are off together: each such trunk counts once.
 * Null with fewer than two trunks.
 */
export function overTrunks(found: readonly { trunk: string; value: number }[]): TrunkMean | null {
  const values = [...groupBy(found, (f) => f.trunk).values()].map((of) => mean(of.map((f) => f.value)));
  const n = values.length;
  if (n < 2) return null;
  const df = n - 1;
  const center = mean(values);
  // Identical curves have no spread; a tiny one keeps the tests defined.
  const se = Math.max(Math.sqrt(values.reduce((sum, v) => sum + square(v - center), 0) / df / n), 1e-12);
  const half = tQuantile(0.975, df) * se;
  return { n, df, mean: center, se, low: center - half, high: center + half };
}
