import { square } from "../portable";
import type { Optimum } from "./optimum";

/**
 * Batches of one (size, tokens) cell in order of their estimated least loss, best first. A curve whose optimum is not
 * bracketed has none: the best of its grid is only a bound.
 */
export function topBatches(optima: readonly Optimum[], count: number | "all"): Optimum[] {
  const ranked = optima
    .filter((o) => o.status === "ok" && o.estimate !== null)
    .sort((p, q) => p.estimate!.loss - q.estimate!.loss || p.dims.batchSeqs - q.dims.batchSeqs);
  return count === "all" ? ranked : ranked.slice(0, count);
}

/**
 * Peak LRs whose runs would settle a curve, ascending; empty where the optimum is already bracketed.
 * A curve cut off at one end is continued there by two grid steps; one that ends in divergence is refined between its
 * best LR and the first diverged one; one with too few or indistinguishable LRs is widened on both sides.
 */
export function nextLearningRates(optimum: Optimum): number[] {
  const { points, gridFactor: step, argmin } = optimum;
  const low = points[0]?.lr;
  const high = points.at(-1)?.lr;
  if (low === undefined || high === undefined) return [];
  if (argmin === null) return [low / square(step), low / step].map(readable);
  switch (optimum.status) {
    case "ok":
      return [];
    case "censored-low":
      return [low / square(step), low / step].map(readable);
    case "censored-high":
      return [high * step, high * square(step)].map(readable);
    case "bracketed-by-divergence": {
      const ceiling = points.find((p) => p.diverged && p.lr > argmin.lr)!.lr;
      const third = Math.cbrt(ceiling / argmin.lr);
      return [argmin.lr * third, argmin.lr * square(third)].map(readable);
    }
    case "too-few":
    case "flat": {
      const blocked = points.some((p) => p.diverged && p.lr > argmin.lr);
      return (blocked ? [low / square(step), low / step] : [low / step, high * step]).map(readable);
    }
  }
}

function readable(lr: number): number {
  return Number(lr.toPrecision(4));
}
