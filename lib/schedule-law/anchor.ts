import { square } from "../portable";
import { lossAt } from "./law";
import { DELTA, type FitCurve, type LogLaw, lawOf, type Model } from "./problem";

/**
 * Where the law is drawn to, as far as curves leave it open: coefficients in the order of `COEFFICIENTS`, logarithms,
 * each with the weight of its square.
 */
export type Anchor = { x: LogLaw; weights: readonly number[] };

/**
 * Where the published fits start from: beta, gamma, and C = 1 at a largest rate of 3e-4, said as the steps at the
 * largest rate after which C x is 1, which holds in any unit of the rate.
 */
export const SHAPE = { beta: 0.5, gamma: 0.5, steps: 57.7 };

/**
 * Weights of B and of (C, beta, gamma) per unit of the variance that residuals share. Chosen by the median RMSE on
 * curves that were not fitted, over choices of three and of six of the nine curves of arXiv 2503.12811
 * (`tests/slow/schedule-law.test.ts`).
 */
const WEIGHTS = [0, 0, 0, 1e5, 5e3, 5e3, 5e3];

const BLOCKS = 8;

/**
 * The anchor of a fit: B of the law without delay (`instant`), and the shape of published fits. It is as strong as what
 * the residuals of the best law share beyond white noise: curves that follow the law but for noise are fitted as
 * they are; where the law is wrong in the third digit, as it is for real runs, its coefficients would otherwise take
 * up the misfit, and predict long runs the worse.
 */
export function anchorOf(instant: LogLaw, shape: readonly number[], shared: number): Anchor {
  return { x: [...instant.slice(0, 4), ...shape], weights: WEIGHTS.map((w) => w * shared) };
}

/**
 * Variance that neighbouring residuals share, per point: sums over an eighth of a curve, of residuals cut at Huber's
 * delta, vary more than those of independent ones. Twice what independent ones show passes for chance.
 */
export function sharedVariance(x: LogLaw, curves: readonly FitCurve[]): number {
  const law = lawOf(x);
  let [sums, squares, weights] = [0, 0, 0];
  for (const curve of curves) {
    const n = curve.lnLosses.length;
    let sum = 0;
    for (let p = 0; p < n; p++) {
      const residual = curve.lnLosses[p]! - Math.log(lossAt(law, curve.changes, p));
      const cut = Math.max(-DELTA, Math.min(DELTA, residual));
      squares += square(cut);
      weights += Math.min(1, DELTA / Math.max(Math.abs(residual), 1e-300));
      sum += cut;
      if (Math.floor(((p + 1) * BLOCKS) / n) > Math.floor((p * BLOCKS) / n)) {
        sums += square(sum);
        sum = 0;
      }
    }
  }
  return Math.max(0, sums - 2 * squares) / weights;
}

/** A model with the pull of an anchor. */
export function withAnchor({ objective, gradient, hessian }: Model, x: LogLaw, { x: to, weights }: Anchor): Model {
  const pulls = weights.map((w, i) => w * (x[i]! - to[i]!));
  return {
    objective: objective + pulls.reduce((sum, pull, i) => sum + (pull * (x[i]! - to[i]!)) / 2, 0),
    gradient: gradient.map((g, i) => g + pulls[i]!),
    hessian: hessian.map((row, i) => row.map((h, j) => (i === j ? h + weights[i]! : h))),
  };
}
