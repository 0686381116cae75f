import type { Points } from "./points";

/**
 * Statistics of visible points. `min` and `max` are over finite values, at the first step that has them, null without
 * any; `last` is the value at the highest step, whatever it is.
 */
export interface Summary {
  points: number;
  nonFinite: number;
  last: number | null;
  lastStep: number | null;
  min: number | null;
  minStep: number | null;
  max: number | null;
  maxStep: number | null;
}

export const EMPTY_SUMMARY: Summary = {
  points: 0,
  nonFinite: 0,
  last: null,
  lastStep: null,
  min: null,
  minStep: null,
  max: null,
  maxStep: null,
};

/** Summary of points that ascend in step. */
export function summarise({ steps, values }: Pick<Points, "steps" | "values">): Summary {
  const n = steps.length;
  if (n === 0) return EMPTY_SUMMARY;
  let [low, high] = [-1, -1];
  let nonFinite = 0;
  for (let i = 0; i < n; i++) {
    const v = values[i]!;
    if (v - v !== 0) nonFinite++;
    else {
      if (low < 0 || v < values[low]!) low = i;
      if (high < 0 || v > values[high]!) high = i;
    }
  }
  return {
    points: n,
    nonFinite,
    last: values[n - 1]!,
    lastStep: steps[n - 1]!,
    min: low < 0 ? null : values[low]!,
    minStep: low < 0 ? null : steps[low]!,
    max: high < 0 ? null : values[high]!,
    maxStep: high < 0 ? null : steps[high]!,
  };
}

/** Summary of two stretches of one series, of which `q` lies wholly after `p`. */
export function joined(p: Summary, q: Summary): Summary {
  if (p.points === 0) return q;
  if (q.points === 0) return p;
  const lower = p.min === null || (q.min !== null && q.min < p.min) ? q : p;
  const higher = p.max === null || (q.max !== null && q.max > p.max) ? q : p;
  return {
    points: p.points + q.points,
    nonFinite: p.nonFinite + q.nonFinite,
    last: q.last,
    lastStep: q.lastStep,
    min: lower.min,
    minStep: lower.minStep,
    max: higher.max,
    maxStep: higher.maxStep,
  };
}
