import { groupBy, SAME_TOKENS } from "../estimate";
import { definitionOf, dimensionNames, type RunPoint } from "../run";
import type { FittedOptimum } from "./rows";

/** Rates of a curve at which runs were queued or began, and that have no result; `planned` counts all its rates. */
export type UnfinishedCurve = { key: string; missing: number[]; planned: number };

/** What tells curves apart before they have a loss; token counts are compared apart, as rounding moves them. */
const placing = dimensionNames.filter((d) => {
  const { role } = definitionOf(d);
  const isOfCurve = role === "size" || role === "curve" || role === "recipe" || d === "batchSeqs";
  return isOfCurve && d !== "lossMetric" && d !== "lossTaken";
});

/**
 * Curves that are not whole: a rate whose run is queued, running, failed or stopped is none that was never meant.
 * `runs` are those without a result.
 */
export function unfinishedCurves(
  optima: readonly Pick<FittedOptimum, "key" | "dims" | "points">[],
  runs: readonly Pick<RunPoint, keyof FittedOptimum["dims"] | "peakLr">[],
): UnfinishedCurve[] {
  const byPlace = groupBy(runs, placeOf);
  return optima.flatMap(({ key, dims, points }) => {
    const own = (byPlace.get(placeOf(dims)) ?? []).filter(({ tokens }) => {
      const ratio = tokens / dims.tokens;
      return ratio < SAME_TOKENS && ratio > 1 / SAME_TOKENS;
    });
    const rates = new Set(points.map((p) => p.lr));
    const missing = [...new Set(own.map((run) => run.peakLr))].filter((lr) => !rates.has(lr)).sort((p, q) => p - q);
    return missing.length === 0 ? [] : [{ key, missing, planned: rates.size + missing.length }];
  });
}

function placeOf(of: Partial<RunPoint>): string {
  return JSON.stringify(placing.map((d) => of[d] ?? null));
}
