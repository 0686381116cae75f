import type { Curve } from "./curves";
import type { LrPoint } from "./lr-points";
import { exactParabola, interpolate, plateauOf, weightedParabola } from "./parabola";

export const estimators = ["surface", "ew", "parabola", "argmin", "near-optimal"] as const;
/**
 * How the best LR of a curve is read off. `surface` does so with the curvature that all curves share; `near-optimal`
 * estimates as `ew`, and its regressions take all good runs.
 */
export type Estimator = (typeof estimators)[number];

export const optimumStatuses = [
  "ok",
  "censored-low",
  "censored-high",
  "bracketed-by-divergence",
  "too-few",
  "flat",
] as const;
export type OptimumStatus = (typeof optimumStatuses)[number];

/**
 * A best LR. `se` is the standard error of ln LR, null where the method has none. `curvature` is d2 loss / d(ln LR)2,
 * `n` the number of rates, `effectiveN` that number by their weights.
 */
export type Estimate = {
  method: "surface" | "ew" | "parabola3" | "argmin";
  lr: number;
  se: number | null;
  loss: number;
  curvature: number | null;
  n: number;
  effectiveN: number;
  /** What the standard error is made of, where the optimum is read with a shape. */
  reading?: Reading;
};

/**
 * What the error of an optimum follows from that was read with a shape, k and g: the variance of ln loss of one run, and
 * the relative one of the shape.
 */
export type Reading = { k: number; g: number; noise: number; doubt: number };

/**
 * A curve with everything read off it; `estimate` follows the chosen estimator and is null unless `status` is ok, but
 * for `surface`, which needs no more than two rates. `plateau` has the LRs whose loss is within 0.25% of the least.
 */
export type Optimum = Curve & {
  status: OptimumStatus;
  argmin: { lr: number; loss: number } | null;
  parabola3: Estimate | null;
  ew: Estimate | null;
  estimate: Estimate | null;
  plateau: { low: number | null; high: number | null } | null;
  /** Factor between neighbouring LRs near the best one; 2 where the curve has a single LR. */
  gridFactor: number;
};

/** A curve's cell and seeds: what curves that differ in batch alone share. Another seed's loss is nobody's best. */
export const cellOfSeeds = (o: Pick<Curve, "cellKey" | "seeds">) => `${o.cellKey} seeds ${o.seeds.join()}`;

/** Loss may rise by this fraction inside the plateau and at an accepted vertex. */
export const NEAR_OPTIMAL = 0.0025;

type Sound = LrPoint & { loss: number };

/**
 * Reads the optimum off a curve. `ew` falls back to the exact parabola through the best LR and its neighbours where the
 * weighted fit has the wrong curvature, leaves its range, or points at a loss more than 0.25% above the best.
 */
export function optimumOf(curve: Curve, estimator: Estimator): Optimum {
  const sound = curve.points.filter((p): p is Sound => p.loss !== null);
  const best = sound.reduce<number>((at, p, i) => (at < 0 || p.loss < sound[at]!.loss ? i : at), -1);
  const status = statusOf(curve, sound, best);
  const x = sound.map((p) => Math.log(p.lr));
  const loss = sound.map((p) => p.loss);
  const interior = best > 0 && best < sound.length - 1;
  const argmin = best < 0 ? null : { lr: sound[best]!.lr, loss: sound[best]!.loss };
  const parabola3 = interior ? exactEstimate(x, loss, best) : null;
  const ew = interior ? weightedEstimate(x, loss, best) : null;
  // Named rather than spread: the engine makes an object spread into this many fields a hash table.
  const { key, sizeKey, cellKey, dims, seeds, points, noiseSd } = curve;
  return {
    key,
    sizeKey,
    cellKey,
    dims,
    seeds,
    points,
    noiseSd,
    status,
    argmin,
    parabola3,
    ew,
    estimate: status === "ok" && argmin ? choose(estimator, argmin, parabola3, ew) : null,
    plateau: best < 0 ? null : expPlateau(plateauOf(x, loss, NEAR_OPTIMAL)),
    gridFactor: gridFactorOf(curve.points, argmin?.lr ?? null),
  };
}

function statusOf(curve: Curve, sound: Sound[], best: number): OptimumStatus {
  if (sound.length < 2 || (sound.length === 2 && !divergedAbove(curve, sound[1]!.lr))) return "too-few";
  const range = Math.max(...sound.map((p) => p.loss)) - sound[best]!.loss;
  if (range <= 3 * (curve.noiseSd ?? 0)) return "flat";
  if (best === 0) return "censored-low";
  if (best === sound.length - 1) {
    return divergedAbove(curve, sound[best]!.lr) ? "bracketed-by-divergence" : "censored-high";
  }
  return "ok";
}

function divergedAbove(curve: Curve, lr: number): boolean {
  return curve.points.some((p) => p.diverged && p.lr > lr);
}

function choose(
  estimator: Estimator,
  argmin: { lr: number; loss: number },
  parabola3: Estimate | null,
  ew: Estimate | null,
): Estimate | null {
  if (estimator === "argmin") {
    return { method: "argmin", ...argmin, se: null, curvature: null, n: 1, effectiveN: 1 };
  }
  return estimator === "parabola" ? parabola3 : (ew ?? parabola3);
}

function exactEstimate(x: number[], loss: number[], best: number): Estimate | null {
  const near = [best - 1, best, best + 1];
  const fit = exactParabola(
    near.map((i) => x[i]!),
    near.map((i) => loss[i]!),
  );
  if (!fit) return null;
  return {
    method: "parabola3",
    lr: Math.exp(fit.x),
    se: null,
    loss: fit.y,
    curvature: fit.curvature,
    n: 3,
    effectiveN: 3,
  };
}

function weightedEstimate(x: number[], loss: number[], best: number): Estimate | null {
  const fit = weightedParabola(x, loss, best);
  if (!fit || fit.curvature <= 0 || fit.x < fit.low || fit.x > fit.high) return null;
  if (interpolate(x, loss, fit.x) > (1 + NEAR_OPTIMAL) * loss[best]!) return null;
  const { se, curvature, n, effectiveN } = fit;
  return { method: "ew", lr: Math.exp(fit.x), se, loss: fit.y, curvature, n, effectiveN };
}

function expPlateau(plateau: { low: number | null; high: number | null }): Optimum["plateau"] {
  const exp = (value: number | null) => (value === null ? null : Math.exp(value));
  return { low: exp(plateau.low), high: exp(plateau.high) };
}

function gridFactorOf(points: LrPoint[], bestLr: number | null): number {
  const at = points.findIndex((p) => p.lr === bestLr);
  const first = Math.max(1, at);
  const end = at < 0 ? points.length : Math.min(points.length, at + 2);
  if (end <= first) return 2;
  let sum = 0;
  for (let i = first; i < end; i++) sum += Math.log(points[i]!.lr / points[i - 1]!.lr);
  return Math.exp(sum / (end - first));
}
