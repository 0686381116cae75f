import type { Model } from "./problem";

export type Bounds = readonly (readonly [number, number])[];

export type Minimum = { x: number[]; objective: number };

/** Relative gains below this, three times in a row, end the search. */
const TOLERANCE = 1e-7;

/**
 * Minimum within bounds by Levenberg and Marquardt's method: the diagonal of the Hessian is raised until a step lowers
 * the objective. A coefficient at its bound stays there while the objective pushes it outwards.
 */
export function minimise(
  modelAt: (x: readonly number[]) => Model,
  start: readonly number[],
  bounds: Bounds,
  rounds: number,
): Minimum {
  let x = start.map((v, i) => clamp(v, bounds[i]!));
  let model = modelAt(x);
  let damping = 1e-3;
  let still = 0;
  for (let round = 0; round < rounds && Number.isFinite(model.objective) && still < 3; round++) {
    const free = x.flatMap((v, i) => {
      const [low, high] = bounds[i]!;
      const down = model.gradient[i]! > 0;
      return (v <= low && down) || (v >= high && !down) ? [] : [i];
    });
    const step = solve(
      free.map((i) => free.map((j) => model.hessian[i]![j]! + (i === j ? damping * model.hessian[i]![i]! + 1e-12 : 0))),
      free.map((i) => -model.gradient[i]!),
    );
    const next = [...x];
    free.forEach((i, k) => {
      next[i] = clamp(x[i]! + clamp(step?.[k] ?? 0, [-1, 1]), bounds[i]!);
    });
    const there = modelAt(next);
    if (there.objective < model.objective) {
      still = model.objective - there.objective < TOLERANCE * model.objective ? still + 1 : 0;
      [x, model, damping] = [next, there, Math.max(damping / 4, 1e-9)];
    } else {
      damping *= 8;
      if (damping > 1e9) break;
    }
  }
  return { x, objective: model.objective };
}

function clamp(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, value));
}

/** Solution of a symmetric positive system by Cholesky; null if it is not positive. */
function solve(matrix: number[][], right: readonly number[]): number[] | null {
  const n = right.length;
  const l = matrix.map((row) => [...row]);
  const y = [...right];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = l[i]![j]!;
      for (let k = 0; k < j; k++) sum -= l[i]![k]! * l[j]![k]!;
      if (i !== j) l[i]![j] = sum / l[j]![j]!;
      else if (sum > 0) l[i]![i] = Math.sqrt(sum);
      else return null;
    }
    for (let k = 0; k < i; k++) y[i]! -= l[i]![k]! * y[k]!;
    y[i]! /= l[i]![i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) y[i]! -= l[k]![i]! * y[k]!;
    y[i]! /= l[i]![i]!;
  }
  return y;
}
