/**
 * Sums of a group of observations for weighted least squares: X'WX and X'Wy with the regressors centred (the constant
 * is not). Sums of groups add up, so that a resample of whole groups costs no pass over its rows.
 */
export type NormalSums = { gram: number[]; right: number[] };

const PIVOT_TOLERANCE = 1e-12;

/** `x` has the constant in column 0; `center` is subtracted from the others. */
export function normalSums(
  x: readonly (readonly number[])[],
  y: readonly number[],
  weights: readonly number[],
  center: readonly number[],
): NormalSums {
  const p = center.length;
  const gram = new Array<number>(p * p).fill(0);
  const right = new Array<number>(p).fill(0);
  x.forEach((row, i) => {
    const w = weights[i]!;
    const d = row.map((v, j) => (j === 0 ? v : v - center[j]!));
    for (let j = 0; j < p; j++) {
      right[j]! += w * d[j]! * y[i]!;
      for (let k = 0; k <= j; k++) gram[j * p + k]! += w * d[j]! * d[k]!;
    }
  });
  return { gram, right };
}

/**
 * Coefficients of the sum of groups (by Cholesky), for uncentred regressors; null where their columns are dependent.
 */
export function solveNormal(groups: readonly NormalSums[], center: readonly number[]): number[] | null {
  const p = center.length;
  const a = new Array<number>(p * p).fill(0);
  const b = new Array<number>(p).fill(0);
  for (const { gram, right } of groups) {
    for (let i = 0; i < p * p; i++) a[i]! += gram[i]!;
    for (let j = 0; j < p; j++) b[j]! += right[j]!;
  }
  for (let j = 0; j < p; j++) {
    const own = a[j * p + j]!;
    for (let k = 0; k <= j; k++) {
      let sum = a[j * p + k]!;
      for (let i = 0; i < k; i++) sum -= a[j * p + i]! * a[k * p + i]!;
      if (j !== k) a[j * p + k] = sum / a[k * p + k]!;
      else if (!(sum > PIVOT_TOLERANCE * own)) return null;
      else a[j * p + j] = Math.sqrt(sum);
    }
    for (let k = 0; k < j; k++) b[j]! -= a[j * p + k]! * b[k]!;
    b[j]! /= a[j * p + j]!;
  }
  for (let j = p - 1; j >= 0; j--) {
    for (let k = j + 1; k < p; k++) b[j]! -= a[k * p + j]! * b[k]!;
    b[j]! /= a[j * p + j]!;
  }
  for (let j = 1; j < p; j++) b[0]! -= b[j]! * center[j]!;
  return b;
}
