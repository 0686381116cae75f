import type { Changes } from "./changes";
import { decayAt, type ScheduleLaw } from "./law";

/** One curve of a fit: what its schedule says at some points, and the natural logarithms of the losses there. */
export type FitCurve = { changes: Changes; lnLosses: Float64Array };

/** Natural logarithms of the seven coefficients, in the order of `COEFFICIENTS`. */
export type LogLaw = readonly number[];

export const COEFFICIENTS = ["L0", "A", "alpha", "B", "C", "beta", "gamma"] as const;

/** Huber's delta of residuals of ln loss, as published. */
export const DELTA = 1e-3;

export function lawOf(x: LogLaw): ScheduleLaw {
  const [L0, A, alpha, B, C, beta, gamma] = x.map(Math.exp) as [number, number, number, number, number, number, number];
  return { L0, A, alpha, B, C, beta, gamma };
}

/** Objective at a law, with gradient and (Gauss-Newton) Hessian by the logarithms of the coefficients. */
export type Model = { objective: number; gradient: number[]; hessian: number[][] };

/**
 * Sum of Huber losses of ln(loss / law), weights of Huber in the Hessian: each of its steps minimises a parabola that
 * lies above the objective, to first order. Infinite where the law is not positive.
 */
export function modelAt(x: LogLaw, curves: readonly FitCurve[], delta: number): Model {
  const size = COEFFICIENTS.length;
  const gradient = new Array<number>(size).fill(0);
  const hessian = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const { L0, A, alpha, B, C, beta, gamma } = lawOf(x);
  const shape = { lnC: Math.log(C), beta, gamma };
  const row = new Float64Array(size);
  let objective = 0;
  for (const { changes, lnLosses } of curves) {
    for (let p = 0; p < lnLosses.length; p++) {
      const lnSum = Math.log(changes.sums[p]!);
      const learned = A * Math.exp(-alpha * lnSum);
      const decay = decayAt(shape, changes, p);
      const loss = L0 + learned - B * decay.value;
      if (!(loss > 0)) return { objective: Infinity, gradient, hessian };
      const residual = lnLosses[p]! - Math.log(loss);
      objective += huber(residual, delta);
      row[0] = L0 / loss;
      row[1] = learned / loss;
      row[2] = (-alpha * lnSum * learned) / loss;
      row[3] = (-B * decay.value) / loss;
      row[4] = (-B * decay.byLnC) / loss;
      row[5] = (-B * beta * decay.byBeta) / loss;
      row[6] = (-B * gamma * decay.byGamma) / loss;
      const weight = Math.min(1, delta / Math.max(Math.abs(residual), 1e-300));
      for (let i = 0; i < size; i++) {
        const scaled = weight * row[i]!;
        gradient[i]! -= scaled * residual;
        for (let j = 0; j <= i; j++) hessian[i]![j]! += scaled * row[j]!;
      }
    }
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) hessian[j]![i] = hessian[i]![j]!;
  return { objective, gradient, hessian };
}

function huber(residual: number, delta: number): number {
  const r = Math.abs(residual);
  return r <= delta ? (r * r) / 2 : delta * (r - delta / 2);
}
