import { square } from "../portable";

/** Vertex of a parabola: position, value, second derivative. */
type Vertex = { x: number; y: number; curvature: number };

/** Weights fall by e for every percent of loss above the best. */
export const WEIGHT_SCALE = 0.01;
export const SMALLEST_WEIGHT = 1e-6;
const FEWEST_POINTS = 4;

/** The parabola through three points, or null if it has no minimum. */
export function exactParabola(x: readonly number[], y: readonly number[]): Vertex | null {
  const [x0, x1, x2] = [x[0]!, x[1]!, x[2]!];
  const [y0, y1, y2] = [y[0]!, y[1]!, y[2]!];
  const left = (y1 - y0) / (x1 - x0);
  const right = (y2 - y1) / (x2 - x1);
  const c2 = (right - left) / (x2 - x0);
  if (!(c2 > 0)) return null;
  // Newton form about the middle point.
  const c1 = left + c2 * (x1 - x0);
  const shift = -c1 / (2 * c2);
  return { x: x1 + shift, y: y1 + c1 * shift + c2 * shift * shift, curvature: 2 * c2 };
}

/**
 * Quadratic in x fitted with weights exp(-(y/ymin - 1)/0.01), on the points whose weight exceeds 1e-6.
 *
 * `se` is the delta-method standard error of the vertex with the residual variance
 * s2 = (sum w r^2 / sum w) n/(n - 3) and covariance s2 (X'WX)^-1. Null with fewer than four points.
 */
export function weightedParabola(
  x: readonly number[],
  y: readonly number[],
  best: number,
): (Vertex & { se: number | null; n: number; effectiveN: number; low: number; high: number }) | null {
  const weights = y.map((v) => Math.exp(-(v / y[best]! - 1) / WEIGHT_SCALE));
  const used: number[] = [];
  for (let i = 0; i < weights.length; i++) if (weights[i]! > SMALLEST_WEIGHT) used.push(i);
  const n = used.length;
  if (n < FEWEST_POINTS) return null;
  const moments = [0, 0, 0, 0, 0];
  const right = [0, 0, 0];
  const powers = [1, 0, 0, 0, 0];
  for (const i of used) {
    const d = x[i]! - x[best]!;
    for (let k = 1; k < 5; k++) powers[k] = powers[k - 1]! * d;
    for (let k = 0; k < 5; k++) moments[k]! += weights[i]! * powers[k]!;
    for (let k = 0; k < 3; k++) right[k]! += weights[i]! * y[i]! * powers[k]!;
  }
  const inverse = inverse3(moments);
  if (!inverse) return null;
  const [c0, c1, c2] = inverse.map((row) => row[0]! * right[0]! + row[1]! * right[1]! + row[2]! * right[2]!) as [
    number,
    number,
    number,
  ];
  let weighted = 0;
  for (const i of used) {
    const d = x[i]! - x[best]!;
    weighted += weights[i]! * square(y[i]! - c0 - c1 * d - c2 * d * d);
  }
  const sum = moments[0]!;
  const squares = used.reduce((total, i) => total + square(weights[i]!), 0);
  const g1 = -1 / (2 * c2);
  const g2 = c1 / (2 * c2 * c2);
  const spread = g1 * g1 * inverse[1]![1]! + 2 * g1 * g2 * inverse[1]![2]! + g2 * g2 * inverse[2]![2]!;
  const variance = n > 3 ? ((weighted / sum) * n) / (n - 3) : null;
  const shift = -c1 / (2 * c2);
  return {
    x: x[best]! + shift,
    y: c0 + c1 * shift + c2 * shift * shift,
    curvature: 2 * c2,
    se: variance === null ? null : Math.sqrt(Math.max(0, variance * spread)),
    n,
    effectiveN: (sum * sum) / squares,
    low: x[used[0]!]!,
    high: x[used[n - 1]!]!,
  };
}

/** Piecewise-linear value at `at`; held constant outside. `x` ascending. */
export function interpolate(x: readonly number[], y: readonly number[], at: number): number {
  const last = x.length - 1;
  if (at <= x[0]!) return y[0]!;
  if (at >= x[last]!) return y[last]!;
  const i = x.findIndex((v) => v >= at);
  const f = (at - x[i - 1]!) / (x[i]! - x[i - 1]!);
  return y[i - 1]! + f * (y[i]! - y[i - 1]!);
}

/**
 * Outermost x at which the piecewise-linear curve is within `fraction` of its minimum; null on a side where the curve
 * ends before it has risen above.
 */
export function plateauOf(
  x: readonly number[],
  y: readonly number[],
  fraction: number,
): { low: number | null; high: number | null } {
  const limit = (1 + fraction) * Math.min(...y);
  const crossing = (inside: number, outside: number) =>
    x[inside]! + ((limit - y[inside]!) / (y[outside]! - y[inside]!)) * (x[outside]! - x[inside]!);
  const first = y.findIndex((v) => v <= limit);
  const last = y.findLastIndex((v) => v <= limit);
  return {
    low: first <= 0 ? null : crossing(first, first - 1),
    high: last < 0 || last === y.length - 1 ? null : crossing(last, last + 1),
  };
}

/** Inverse of the symmetric matrix m[i][j] = moments[i + j], or null if singular. */
function inverse3(moments: readonly number[]): number[][] | null {
  const [a, b, c, d, e] = moments as [number, number, number, number, number];
  const cof = [
    [c * e - d * d, c * d - b * e, b * d - c * c],
    [c * d - b * e, a * e - c * c, b * c - a * d],
    [b * d - c * c, b * c - a * d, a * c - b * b],
  ];
  const det = a * cof[0]![0]! + b * cof[0]![1]! + c * cof[0]![2]!;
  if (!(Math.abs(det) > 1e-14 * a * c * e)) return null;
  return cof.map((row) => row.map((v) => v / det));
}
