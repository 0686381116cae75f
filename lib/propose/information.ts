import { square } from "../portable";

/** A curve's weight in the law: its regressors, and the variance of its optimum beside what its trunk shares. */
export type Known = { trunk: string; x: number[]; variance: number };

/**
 * Fisher information of a law's coefficients from curves in trunks that share a variance: sums of each trunk, so that
 * one more curve costs no pass over the others.
 */
export class Information {
  readonly #trunkVariance: number;
  readonly #trunks = new Map<string, { weighted: number[]; sum: number; gram: number[][] }>();
  readonly #p: number;
  #total: number[][];

  constructor(p: number, trunkVariance: number) {
    this.#p = p;
    this.#trunkVariance = trunkVariance;
    this.#total = zeros(p);
  }

  add(known: Known): void {
    this.#total = this.#with(known);
    const trunk = this.#of(known.trunk);
    accumulate(trunk, known);
    this.#trunks.set(known.trunk, trunk);
  }

  /** Puts a curve that is known better in the place of what was known of it. */
  replace(before: Known, after: Known): void {
    this.add({ ...before, variance: -before.variance });
    this.add(after);
  }

  /** Variance of target'coefficients with one more curve (instead of `without`); null where it is not determined. */
  varianceAt(target: readonly number[], known?: Known, without?: Known): number | null {
    const total = known ? this.#with(known, without) : this.#total;
    const solved = solve(total, target);
    return solved ? solved.reduce((sum, v, j) => sum + v * target[j]!, 0) : null;
  }

  #of(key: string) {
    const trunk = this.#trunks.get(key);
    if (!trunk) return { weighted: new Array<number>(this.#p).fill(0), sum: 0, gram: zeros(this.#p) };
    return { weighted: [...trunk.weighted], sum: trunk.sum, gram: trunk.gram.map((row) => [...row]) };
  }

  #with(known: Known, without?: Known): number[][] {
    const trunk = this.#of(known.trunk);
    const before = this.#informationOf(trunk);
    if (without) accumulate(trunk, { ...without, variance: -without.variance });
    accumulate(trunk, known);
    const after = this.#informationOf(trunk);
    return this.#total.map((row, i) => row.map((v, j) => v - before[i]![j]! + after[i]![j]!));
  }

  #informationOf({ weighted, sum, gram }: { weighted: number[]; sum: number; gram: number[][] }): number[][] {
    const shared = this.#trunkVariance / (1 + this.#trunkVariance * sum);
    return gram.map((row, i) => row.map((v, j) => v - shared * weighted[i]! * weighted[j]!));
  }
}

function accumulate(trunk: { weighted: number[]; sum: number; gram: number[][] }, { x, variance }: Known): void {
  const w = 1 / variance;
  trunk.sum += w;
  for (let i = 0; i < x.length; i++) {
    trunk.weighted[i]! += w * x[i]!;
    for (let j = 0; j < x.length; j++) trunk.gram[i]![j]! += w * x[i]! * x[j]!;
  }
}

/** Solution of a positive definite system by Cholesky; null where it is none. */
function solve(a: readonly (readonly number[])[], b: readonly number[]): number[] | null {
  const p = b.length;
  const root = zeros(p);
  const y: number[] = [];
  for (let j = 0; j < p; j++) {
    for (let k = 0; k <= j; k++) {
      let sum = a[j]![k]!;
      for (let i = 0; i < k; i++) sum -= root[j]![i]! * root[k]![i]!;
      if (j !== k) root[j]![k] = sum / root[k]![k]!;
      else if (!(sum > 1e-12 * a[j]![j]!)) return null;
      else root[j]![j] = Math.sqrt(sum);
    }
    let sum = b[j]!;
    for (let k = 0; k < j; k++) sum -= root[j]![k]! * y[k]!;
    y[j] = sum / root[j]![j]!;
  }
  for (let j = p - 1; j >= 0; j--) {
    for (let k = j + 1; k < p; k++) y[j]! -= root[k]![j]! * y[k]!;
    y[j]! /= root[j]![j]!;
  }
  return y;
}

function zeros(p: number): number[][] {
  return Array.from({ length: p }, () => new Array<number>(p).fill(0));
}

/** Variance of the optimum of a curve with rates `offsets` (ln, about its best), by the slope they show. */
export function measuredVariance(
  offsets: readonly number[],
  { k, noise, weightScale }: { k: number; noise: number; weightScale: number },
): number {
  const weights = offsets.map((u) => Math.exp(-(k * u * u) / weightScale));
  const total = weights.reduce((sum, w) => sum + w, 0);
  const mean = offsets.reduce((sum, u, i) => sum + weights[i]! * u, 0) / total;
  const spread = offsets.reduce((sum, u, i) => sum + weights[i]! * square(u - mean), 0);
  return noise / spread / square(2 * k);
}
