import { Matrix, QrDecomposition, SingularValueDecomposition } from "ml-matrix";
import { square } from "../portable";

/**
 * Solution of a weighted least-squares problem. `variance` is that of one observation of weight 1 (weights are scaled
 * to mean 1), `covariance` that of the coefficients, `leverage` the diagonal of the hat matrix.
 */
export type LinearFit = {
  coefficients: number[];
  covariance: number[][];
  residuals: number[];
  weights: number[];
  leverage: number[];
  n: number;
  p: number;
  df: number;
  rss: number;
  variance: number;
  r2: number | null;
  /** R^-1 of the weighted regressors X = QR, so that (X'WX)^-1 = R^-1 R^-T. */
  rootInverse: number[][];
};

const HUBER_K = 1.345;
const MAD_TO_SD = 0.6744897501960817;
const RANK_TOLERANCE = 1e-10;

/**
 * Least squares by QR. Rows of `x` are observations; `weights` default to 1; `floor` is the least variance that one
 * observation of weight 1 can have, whatever the residuals say.
 * Null when there are no more observations than coefficients or the columns are dependent.
 */
export function leastSquares(x: number[][], y: number[], weights?: readonly number[], floor = 0): LinearFit | null {
  const n = y.length;
  const p = x[0]?.length ?? 0;
  if (n <= p || p === 0) return null;
  const w = meanOne(weights ?? new Array<number>(n).fill(1));
  const root = w.map(Math.sqrt);
  const design = new Matrix(x.map((row, i) => row.map((v) => v * root[i]!)));
  const qr = new QrDecomposition(design);
  const r = qr.upperTriangularMatrix;
  const diagonal = Array.from({ length: p }, (_, j) => Math.abs(r.get(j, j)));
  if (!(Math.min(...diagonal) > RANK_TOLERANCE * Math.max(...diagonal))) return null;
  const coefficients = qr.solve(Matrix.columnVector(y.map((v, i) => v * root[i]!))).to1DArray();
  const inverse = inverseUpper(r, p);
  const residuals = y.map((v, i) => v - dot(x[i]!, coefficients));
  const rss = residuals.reduce((sum, e, i) => sum + w[i]! * e * e, 0);
  const variance = Math.max(rss / (n - p), floor);
  const mean = y.reduce((sum, v, i) => sum + w[i]! * v, 0) / n;
  const tss = y.reduce((sum, v, i) => sum + w[i]! * square(v - mean), 0);
  const unscaled = Array.from({ length: p }, (_, i) =>
    Array.from({ length: p }, (_, j) => dot(inverse[i]!, inverse[j]!)),
  );
  return {
    coefficients,
    covariance: unscaled.map((row) => row.map((v) => v * variance)),
    residuals,
    weights: w,
    leverage: x.map((row, i) => w[i]! * quadratic(row, unscaled)),
    n,
    p,
    df: n - p,
    rss,
    variance,
    r2: tss > 0 ? 1 - rss / tss : null,
    rootInverse: inverse,
  };
}

/** A Huber regression: its last weighted fit, and the factor by which the standard errors of that fit are too small. */
export type HuberFit = LinearFit & { inflation: number };

/**
 * Huber regression by iteratively reweighted least squares, k = 1.345, scale = MAD about the median residual. The
 * covariance is Huber's (1981, section 7.6): K^2 sum psi^2 / (n - p) / (mean psi')^2 (X'X)^-1.
 */
export function huberRegression(x: number[][], y: number[], weights?: readonly number[], floor = 0): HuberFit | null {
  const base = weights ?? new Array<number>(y.length).fill(1);
  const plain = leastSquares(x, y, base, floor);
  const fit = plain && reweigh(x, y, base, plain, floor);
  return fit && { ...fit, ...huberCovariance(x, y, base, fit, floor) };
}

function reweigh(x: number[][], y: number[], base: readonly number[], plain: LinearFit, floor: number): LinearFit {
  let fit = plain;
  for (let iteration = 0; iteration < 100; iteration++) {
    const { scaled, scale } = scaledResiduals(fit, base);
    if (!(scale > 0)) return fit;
    const next = leastSquares(
      x,
      y,
      base.map((b, i) => b * Math.min(1, HUBER_K / Math.max(Math.abs(scaled[i]!) / scale, 1e-300))),
      floor,
    );
    if (!next) return fit;
    const change = Math.max(...next.coefficients.map((c, j) => Math.abs(c - fit.coefficients[j]!)));
    fit = next;
    if (change < 1e-12) return fit;
  }
  return fit;
}

function scaledResiduals(fit: LinearFit, base: readonly number[]): { scaled: number[]; scale: number } {
  const scaled = fit.residuals.map((e, i) => e * Math.sqrt(base[i]!));
  const center = median(scaled);
  return { scaled, scale: median(scaled.map((e) => Math.abs(e - center))) / MAD_TO_SD };
}

function huberCovariance(x: number[][], y: number[], base: readonly number[], fit: LinearFit, floor: number) {
  const { scaled, scale } = scaledResiduals(fit, base);
  const unweighted = leastSquares(x, y, base, floor);
  const { n, p } = fit;
  const inside = scaled.filter((e) => Math.abs(e) <= HUBER_K * scale).length / n;
  if (!(scale > 0) || inside === 0 || !unweighted) return { inflation: 1 };
  const K = 1 + (p / n) * ((1 - inside) / inside);
  const squares = scaled.reduce((sum, e) => sum + square(Math.min(Math.abs(e), HUBER_K * scale)), 0);
  // Of an observation of base weight 1; the unscaled covariance below is that of base weights of mean 1.
  const mean = base.reduce((sum, b) => sum + b, 0) / n;
  const variance = Math.max((square(K) * squares) / (n - p) / square(inside) / mean, floor);
  const weight = scaled.reduce((sum, e) => sum + Math.min(1, (HUBER_K * scale) / Math.max(Math.abs(e), 1e-300)), 0) / n;
  return {
    covariance: unweighted.covariance.map((row) => row.map((v) => (v / unweighted.variance) * variance)),
    inflation: (K * weight) / inside,
  };
}

/** Condition number of the regressors (without the constant) after centring and scaling each to unit length. */
export function conditionNumber(x: number[][]): number {
  const columns = (x[0]?.length ?? 1) - 1;
  if (columns < 2) return 1;
  const standard = Array.from({ length: columns }, (_, j) => {
    const values = x.map((row) => row[j + 1]!);
    const mean = values.reduce((s, v) => s + v, 0) / values.length;
    const length = Math.hypot(...values.map((v) => v - mean));
    return values.map((v) => (v - mean) / length);
  });
  // R of the QR decomposition has the same singular values and is as small as the form.
  const { upperTriangularMatrix } = new QrDecomposition(new Matrix(standard).transpose());
  const singular = new SingularValueDecomposition(upperTriangularMatrix).diagonal;
  return Math.max(...singular) / Math.min(...singular);
}

/** x' V x. */
export function quadratic(x: readonly number[], v: readonly (readonly number[])[]): number {
  return x.reduce((sum, xi, i) => sum + xi * dot(v[i]!, x), 0);
}

export function dot(p: readonly number[], q: readonly number[]): number {
  return p.reduce((sum, v, i) => sum + v * q[i]!, 0);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((p, q) => p - q);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

function meanOne(weights: readonly number[]): number[] {
  const mean = weights.reduce((s, w) => s + w, 0) / weights.length;
  return weights.map((w) => w / mean);
}

/** Rows of the inverse of the upper triangle R, so that (X'X)^-1 = R^-1 R^-T. */
function inverseUpper(r: Matrix, p: number): number[][] {
  const inverse = Array.from({ length: p }, () => new Array<number>(p).fill(0));
  for (let j = 0; j < p; j++) {
    inverse[j]![j] = 1 / r.get(j, j);
    for (let i = j - 1; i >= 0; i--) {
      let sum = 0;
      for (let k = i + 1; k <= j; k++) sum += r.get(i, k) * inverse[k]![j]!;
      inverse[i]![j] = -sum / r.get(i, i);
    }
  }
  return inverse;
}
