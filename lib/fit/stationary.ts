import tQuantile from "@stdlib/stats-base-dists-t-quantile";
import { square } from "../portable";
import { type Clustered, clusteredCovariance } from "./clustered";
import { dot, leastSquares, quadratic } from "./linear";

/**
 * A loss at one place of an axis. `x` is the logarithm of what is chosen (a batch, a timescale), `y` of the loss;
 * points of one `cell` differ in x alone; `z` is what the best x goes with, its constant 1 first; errors of one `trunk`
 * go together.
 */
export type AxisPoint = { cell: string; trunk: string; x: number; y: number; z: readonly number[] };

/** Where the least loss lies at one z: natural logarithms; without ends where the losses do not bend surely enough. */
export type StationaryPoint = { best: number; low: number | null; high: number | null };

/**
 * y = least of the cell + k (x - best)^2 with best = theta . z: where losses are least along an axis, as a law, in the
 * natural logarithms of the points. `n`, `cells` and `trunks` count them; `level` is a fraction, 0.95 by default.
 */
export type Stationary = {
  k: number;
  /** Of z, in order. */
  theta: number[];
  n: number;
  cells: number;
  trunks: number;
  at: (z: readonly number[], level?: number) => StationaryPoint;
};

/**
 * Least squares over all cells at once, each with a least loss of its own: linear in (k, k theta), so that cells whose
 * best lies at the edge of what was tried count too. Intervals are Fieller's, of a ratio of two coefficients, by CR2
 * with Satterthwaite's degrees of freedom: once over trunks, which share errors, once over cells, whose losses bend
 * more or less than the others', and as wide as both together. Null where the points do not tell k and theta apart, or
 * losses do not bend upwards.
 */
export function fitStationary(points: readonly AxisPoint[]): Stationary | null {
  const cells = cellsOf(points);
  const kept = [...cells.values()].flat();
  if (kept.length === 0) return null;
  const center = kept.reduce((sum, p) => sum + p.x, 0) / kept.length;
  const { x, y } = withinCells([...cells.values()], center);
  const fit = leastSquares(x, y);
  if (!fit || !(fit.coefficients[0]! > 0)) return null;
  const trunks = kept.map((p) => p.trunk);
  const inferences = [trunks, kept.map((p) => p.cell)].flatMap((keys) => clusteredCovariance(x, fit, keys) ?? []);
  const k = fit.coefficients[0]!;
  const theta = fit.coefficients.slice(1).map((b) => -b / (2 * k));
  theta[0]! += center;
  return {
    ...{ k, theta, n: kept.length, cells: cells.size, trunks: new Set(trunks).size },
    at: (z, level = 0.95) => {
      const best = dot(theta, z);
      const ends = inferences.map((inference) => fieller(fit.coefficients, inference, z, level));
      if (ends.length === 0 || ends.some((e) => e === null)) return { best, low: null, high: null };
      const [low, high] = [Math.min(...ends.map((e) => e!.low)), Math.max(...ends.map((e) => e!.high))];
      return { best, low: center + low, high: center + high };
    },
  };
}

/** A cell with one point says nothing of the axis. */
function cellsOf(points: readonly AxisPoint[]): Map<string, AxisPoint[]> {
  const cells = new Map<string, AxisPoint[]>();
  for (const point of points) {
    const cell = cells.get(point.cell);
    if (cell) cell.push(point);
    else cells.set(point.cell, [point]);
  }
  return new Map([...cells].filter(([, cell]) => cell.length > 1));
}

/** Regressors x^2 and x z, and y, each without the mean of its cell. */
function withinCells(cells: readonly AxisPoint[][], center: number): { x: number[][]; y: number[] } {
  const x: number[][] = [];
  const y: number[] = [];
  for (const cell of cells) {
    const rows = cell.map((p) => [square(p.x - center), ...p.z.map((z) => (p.x - center) * z)]);
    const means = rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length);
    const meanY = cell.reduce((sum, p) => sum + p.y, 0) / cell.length;
    for (const [i, row] of rows.entries()) {
      x.push(row.map((v, j) => v - means[j]!));
      y.push(cell[i]!.y - meanY);
    }
  }
  return { x, y };
}

/** Quantile by which losses must bend before a place of the least one is believed. */
const SURELY = 0.999;

/** All u with |a'b - u k| <= t sd(a'b - u k), where a'b / k is the best x: Fieller (1954). */
function fieller(b: readonly number[], { covariance, df }: Clustered, z: readonly number[], level: number) {
  const a = [0, ...z.map((v) => -v / 2)];
  const k = b[0]!;
  const top = dot(a, b);
  const degrees = df(a.map((v, j) => (j === 0 ? -top / k : v)));
  const tt = square(tQuantile((1 + level) / 2, degrees));
  const aa = quadratic(a, covariance);
  const ak = dot(covariance[0]!, a);
  const kk = covariance[0]![0]!;
  const bends = square(k) > square(tQuantile(SURELY, degrees)) * kk;
  const [p, q, r] = [square(k) - tt * kk, top * k - tt * ak, square(top) - tt * aa];
  const root = square(q) - p * r;
  return bends && p > 0 && root >= 0 ? { low: (q - Math.sqrt(root)) / p, high: (q + Math.sqrt(root)) / p } : null;
}
