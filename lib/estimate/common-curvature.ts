import { square } from "../portable";
import type { Curve } from "./curves";
import type { Estimate, Reading } from "./optimum";
import { SMALLEST_WEIGHT, WEIGHT_SCALE } from "./parabola";

export const curvatures = ["common", "by-size"] as const;
/** How curves bend: one shape for all of them, or one for each model size. */
export type Curvature = (typeof curvatures)[number];

/** y = ln loss = least + k u^2 + g u^3, u = ln LR - ln best LR: curves are steeper on one side where g is not 0. */
export type Shape = { k: number; g: number };

/** What the curves of a surface have in common, as plain data. */
export type Bend = {
  /** By size key; all alike where the shape is common. */
  shapes: Record<string, Shape>;
  /** Sd of k from curve to curve, as a fraction of k. */
  scatter: number;
  /** Variance of ln loss of one run about its curve. */
  noise: number;
};

/**
 * Weighted sums over one curve about its mean x = ln LR, d = x - mean, y = ln loss less its mean: `s` of d^j (0 to 6),
 * `r` of d^j y (0 to 3), `yy` of y^2, and `q`, that of w^2 d^j (0 to 4) over the runs at each rate: the variance of the
 * sum of w d^(j/2) y, in that of one run.
 */
type Sums = {
  size: string;
  n: number;
  /** Of w over the runs at each rate, as `q` is of w^2. */
  closeness: number;
  effectiveN: number;
  mean: number;
  meanY: number;
  s: number[];
  r: number[];
  q: number[];
  yy: number;
  /** Best d, found with the shapes. */
  best: number;
};

/**
 * The best LR of every curve under a shape that curves share, with its standard error: curves with two rates, with
 * their best rate at an edge of the grid or below a divergence, and flat ones have one too, more or less sure. An
 * optimum beyond the grid is as unsure as curvatures differ from curve to curve. Null for curves with a single rate,
 * and where the optimum lies far outside.
 */
export function surfaceEstimates(
  curves: readonly Curve[],
  curvature: Curvature,
): { bend: Bend | null; estimates: (Estimate | null)[] } {
  const sums = curves.map(sumsOf);
  const bend = bendOf(
    sums.filter((s) => s !== null),
    curvature,
  );
  if (!bend) return { bend, estimates: sums.map(() => null) };
  const shapes = meanShapes(sums, bend);
  return { bend: { ...bend, shapes }, estimates: sums.map((s) => s && estimateOf(s, bend)) };
}

function sumsOf(curve: Curve): Sums | null {
  let lowest = Number.POSITIVE_INFINITY;
  for (const p of curve.points) if (p.loss !== null && p.loss < lowest) lowest = p.loss;
  const [x, y, w, one]: [number[], number[], number[], number[]] = [[], [], [], []];
  let closeness = 0;
  for (const { loss, lr, n, nDiverged } of curve.points) {
    if (loss === null) continue;
    // As the weighted parabola weighs its points.
    const close = Math.exp(-(loss / lowest - 1) / WEIGHT_SCALE);
    if (close <= SMALLEST_WEIGHT) continue;
    x.push(Math.log(lr));
    y.push(Math.log(loss));
    w.push(close * (n - nDiverged));
    one.push(close);
    closeness += close;
  }
  const n = x.length;
  return n < 2 ? null : { size: curve.sizeKey, n, closeness, best: 0, ...momentsOf(x, y, w, one) };
}

/** `one` has the weights that one run at each rate would have. */
function momentsOf(x: readonly number[], y: readonly number[], w: readonly number[], one: readonly number[]) {
  let [weight, squares, mean, meanY, yy] = [0, 0, 0, 0, 0];
  for (let i = 0; i < w.length; i++) {
    weight += w[i]!;
    squares += square(w[i]!);
    mean += w[i]! * x[i]!;
    meanY += w[i]! * y[i]!;
  }
  mean /= weight;
  meanY /= weight;
  const s = [0, 0, 0, 0, 0, 0, 0];
  const r = [0, 0, 0, 0];
  const q = [0, 0, 0, 0, 0];
  for (let i = 0; i < w.length; i++) {
    const d = x[i]! - mean;
    const v = y[i]! - meanY;
    let term = w[i]!;
    for (let j = 0; j <= 6; j++, term *= d) {
      s[j]! += term;
      if (j <= 3) r[j]! += term * v;
      if (j <= 4) q[j]! += term * one[i]!;
    }
    yy += w[i]! * square(v);
  }
  return { effectiveN: square(weight) / squares, mean, meanY, s, r, q, yy };
}

/** Products of d^2, of c = d^3 - 3 best d^2 and of y, without what a line through the curve explains. */
function productsOf({ n, s, r, yy, best }: Sums) {
  const [s0, , s2, s3, s4, s5, s6] = s as [number, number, number, number, number, number, number];
  const [, r1, r2, r3] = r as [number, number, number, number];
  const rest = yy - square(r1) / s2;
  // Of two rates nothing but rounding is left.
  if (n < 3) return { kk: 0, kg: 0, gg: 0, ky: 0, gy: 0, yy: 0 };
  const kk = s4 - square(s2) / s0 - square(s3) / s2;
  const d23 = s5 - (s2 * s3) / s0 - (s3 * s4) / s2;
  const d33 = s6 - square(s3) / s0 - square(s4) / s2;
  const ky = r2 - (s3 * r1) / s2;
  const d3y = r3 - (s4 * r1) / s2;
  const t = 3 * best;
  return { kk, kg: d23 - t * kk, gg: d33 - 2 * t * d23 + t * t * kk, ky, gy: d3y - t * ky, yy: rest };
}

const ROUNDS = 6;

/** Shapes and optima in turn: given the optima the shapes are least squares, given the shapes an optimum is a root. */
function bendOf(all: readonly Sums[], curvature: Curvature): Bend | null {
  const shapes: Record<string, Shape> = {};
  for (let round = 0; round < ROUNDS; round++) {
    const common = shapeOf(all, round > 0);
    if (common === null) return null;
    for (const size of new Set(all.map((s) => s.size))) {
      const own =
        curvature === "common"
          ? null
          : shapeOf(
              all.filter((s) => s.size === size),
              round > 0,
            );
      shapes[size] = own ?? common;
    }
    for (const s of all) s.best = bestOf(s, shapes[s.size]!);
  }
  const noise = noiseOf(all, shapes, curvature === "common" ? 2 : 2 * Object.keys(shapes).length);
  return { shapes, scatter: scatterOf(all, shapes, noise), noise };
}

/** Least squares over curves of k, and of g where some have four rates; null where they do not bend upwards. */
function shapeOf(all: readonly Sums[], skewed: boolean): Shape | null {
  let [kk, kg, gg, ky, gy] = [0, 0, 0, 0, 0];
  let four = false;
  for (const s of all) {
    const p = productsOf(s);
    kk += p.kk;
    kg += p.kg;
    gg += p.gg;
    ky += p.ky;
    gy += p.gy;
    four ||= s.n > 3;
  }
  const determinant = kk * gg - kg * kg;
  if (skewed && four && determinant > 1e-6 * kk * gg) {
    const [k, g] = [(ky * gg - gy * kg) / determinant, (gy * kk - ky * kg) / determinant];
    if (k > 0) return { k, g };
  }
  const k = ky / kk;
  return k > 0 ? { k, g: 0 } : null;
}

/** Where the slope -2 k best + 3 g best^2 is the curve's; beyond the shape's inflection half-way there. */
function bestOf({ s, r, best }: Sums, { k, g }: Shape): number {
  const slope = (r[1]! - k * s[3]! - g * (s[4]! - 3 * best * s[3]!)) / s[2]!;
  return -slope / (k + Math.sqrt(Math.max(k * k + 3 * g * slope, square(k / 4))));
}

const LEAST_DF = 10;

/**
 * About a parabola of its own for each curve, as how curvatures differ is no noise; about the common shape where curves
 * have too few rates for that. Weighted as the weighted parabola does: a weight below 1 takes nothing off the noise.
 */
function noiseOf(all: readonly Sums[], shapes: Record<string, Shape>, coefficients: number): number {
  const own = residualOf(all, shapes, 3);
  const { squares, expected, df } = own.df >= LEAST_DF ? own : residualOf(all, shapes, 2, coefficients);
  return df > 0 && expected > 0 ? Math.max(0, squares) / expected : 0;
}

/**
 * Squares about the shape, of curves with more rates than they use up, three where each has its own k; what they are
 * expected to be where one run has a variance of 1.
 */
function residualOf(all: readonly Sums[], shapes: Record<string, Shape>, used: 2 | 3, coefficients = 0) {
  const sum = { squares: 0, expected: 0, df: -coefficients };
  for (const s of all) {
    if (s.n < Math.max(3, used + 1)) continue;
    const { k, g } = shapes[s.size]!;
    const { kk, kg, gg, ky, gy, yy } = productsOf(s);
    const own = used === 3 ? (ky - g * kg) / kk : k;
    sum.squares += yy - 2 * (own * ky + g * gy) + own * own * kk + 2 * own * g * kg + g * g * gg;
    sum.expected += s.closeness - explained(s, used);
    sum.df += s.n - used;
  }
  // Shapes that curves share take of every curve alike.
  sum.expected *= sum.df / (sum.df + coefficients);
  return sum;
}

/** What a line, or with three used a parabola, takes up of squares: tr((X'WX)^-1 X'W^2 X), of its columns made orthogonal. */
function explained(sums: Sums, used: 2 | 3): number {
  const { s, q } = sums;
  const line = q[0]! / s[0]! + q[2]! / s[2]!;
  return used === 2 ? line : line + squareOf(sums) / productsOf(sums).kk;
}

/** Sum of w^2 z^2, z being d^2 without what a line through the curve explains. */
function squareOf({ s, q }: Sums): number {
  const [level, slope] = [s[2]! / s[0]!, s[3]! / s[2]!];
  const [q0, q1, q2, q3, q4] = q as [number, number, number, number, number];
  return q4 - 2 * slope * q3 + (square(slope) - 2 * level) * q2 + 2 * level * slope * q1 + square(level) * q0;
}

/** A curve's own k over the common one, and the variance of that by noise; null where it has too few rates. */
function ownBend(s: Sums, { k, g }: Shape, noise: number): { ratio: number; variance: number } | null {
  const { kk, kg, ky } = productsOf(s);
  if (!(kk > 0)) return null;
  return { ratio: (ky - g * kg) / kk / k, variance: (Math.max(noise, LEAST_NOISE) * squareOf(s)) / square(kk * k) };
}

/**
 * The shapes as steep as curves are in the mean, each weighed by how well it shows its own: least squares, by which
 * optima are read, lean to flat curves, of which more rates are near the best.
 */
function meanShapes(all: readonly (Sums | null)[], { shapes, scatter, noise }: Bend): Bend["shapes"] {
  let [sum, total] = [0, 0];
  for (const s of all) {
    const own = s && ownBend(s, shapes[s.size]!, noise);
    if (!own) continue;
    const weight = 1 / (own.variance + square(scatter));
    sum += weight * own.ratio;
    total += weight;
  }
  const factor = sum > 0 ? sum / total : 1;
  return Object.fromEntries(Object.entries(shapes).map(([size, { k, g }]) => [size, { k: factor * k, g: factor * g }]));
}

/** Losses are not known to more digits than that. */
const LEAST_NOISE = 1e-20;

/** Sd between curves of their own k over the common one, by moments (DerSimonian and Laird). */
function scatterOf(all: readonly Sums[], shapes: Record<string, Shape>, noise: number): number {
  let [count, q, first, second] = [0, 0, 0, 0];
  for (const s of all) {
    const own = ownBend(s, shapes[s.size]!, noise);
    if (!own) continue;
    const weight = 1 / own.variance;
    q += weight * square(own.ratio - 1);
    first += weight;
    second += square(weight);
    count++;
  }
  const between = (q - (count - 1)) / (first - second / first);
  return between > 0 && Number.isFinite(between) ? Math.sqrt(between) : 0;
}

/** How far a shape is off at least, relative to it: no curve is a parabola or a cubic. */
const SHAPE_DOUBT = 0.2;
/** An optimum more than a factor 1,000 from the rates that were tried is nobody's reading. */
const FARTHEST = Math.log(1_000);
/** A curve's own curvature says nothing beyond that part of the common one. */
const LEAST_BEND = 0.25;

/** The curve with a curvature between its own and the common one, by how well it shows its own (empirical Bayes). */
function estimateOf(sums: Sums, { shapes, scatter, noise }: Bend): Estimate | null {
  const common = shapes[sums.size]!;
  const own = ownBend(sums, common, noise);
  const trust = own && scatter > 0 ? square(scatter) / (square(scatter) + own.variance) : 0;
  const factor = own ? Math.max(LEAST_BEND, 1 + trust * (own.ratio - 1)) : 1;
  const shape = { k: factor * common.k, g: factor * common.g };
  for (let round = 0; round < ROUNDS; round++) sums.best = bestOf(sums, shape);
  const { s, mean, meanY, best, n, effectiveN } = sums;
  if (!(Math.abs(best) <= FARTHEST)) return null;
  const { k, g } = shape;
  const doubt = Math.max(square(scatter) * (1 - trust), square(SHAPE_DOUBT));
  const reading = { k, g, noise, doubt };
  const least =
    meanY - (k * s[2]! + g * (s[3]! - 3 * best * s[2]!)) / s[0]! - k * square(best) + g * best * square(best);
  const loss = Math.exp(least);
  return {
    method: "surface",
    lr: Math.exp(mean + best),
    se: errorOf(sums, reading),
    reading,
    loss,
    curvature: 2 * k * loss,
    n,
    effectiveN,
  };
}

/** Standard error of ln LR: by the noise of the slope, and by how far the shape is off, as far as it decides the optimum. */
function errorOf({ s, q, best }: Pick<Sums, "s" | "q" | "best">, { k, g, noise, doubt }: Reading): number {
  const bend = Math.max(2 * k - 6 * g * best, k / 2);
  // Where weights lie more on one side, the shape is part of the curve's slope.
  const lever = (k * s[3]! + g * (s[4]! - 3 * best * s[3]!)) / s[2]! - (2 * k - 3 * g * best) * best;
  return Math.sqrt((noise * q[2]!) / square(s[2]! * bend) + doubt * square(lever / bend));
}

/** The standard error that a reading of these rates is expected to have if the optimum lies at `lr`. */
export function errorAt(lr: number, rates: Curve["points"], reading: Reading): number {
  const { k, g } = reading;
  const used = rates.filter((p) => p.loss !== null);
  const x = used.map((p) => Math.log(p.lr / lr));
  const rise = x.map((u) => Math.expm1(k * square(u) * Math.max(1 + (g * u) / k, LEAST_BEND)));
  const lowest = Math.min(...rise);
  const one = rise.map((v) => Math.exp((lowest - v) / WEIGHT_SCALE));
  const weights = one.map((v, i) => v * (used[i]!.n - used[i]!.nDiverged));
  const moments = momentsOf(x, x, weights, one);
  return errorOf({ ...moments, best: -moments.mean }, reading);
}
