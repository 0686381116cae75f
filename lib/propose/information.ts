import { square } from "../portable";

/** A curve's weight in the law: its regressors, and the variance of its optimum beside what its trunk shares. */
export type Known = { trunk: string; x: number[]; variance: number };

/** What is known at a target: M^-1, M^-1 target, and target' M^-1 target. */
type At = { target: readonly number[]; inverse: number[][]; toTarget: number[]; variance: number };
type Trunk = { sum: number; weighted: number[] };

/**
 * Fisher information of a law's coefficients from curves in trunks that share a variance. Given the curves of its trunk
 * that are known already, one more adds r r' / d with r = x - s g and d = variance + s, where g = sum of x_i / v_i over
 * them and s = trunk / (1 + trunk sum of 1 / v_i) is left unknown of the trunk: so it costs no pass over others.
 */
export class Information {
  readonly #trunkVariance: number;
  readonly #p: number;
  readonly #trunks = new Map<string, Trunk>();
  readonly #total: number[][];
  #at: At | null = null;

  constructor(p: number, trunkVariance: number) {
    this.#p = p;
    this.#trunkVariance = trunkVariance;
    this.#total = zeros(p);
  }

  add(known: Known): void {
    const trunk = this.#of(known.trunk);
    const { rest, left } = this.#restOf(known, trunk);
    for (let i = 0; i < this.#p; i++)
      for (let j = 0; j < this.#p; j++) this.#total[i]![j]! += (rest[i]! * rest[j]!) / left;
    this.#trunks.set(known.trunk, grown(trunk, known));
    this.#at = null;
  }

  /** Puts a curve that is known better in the place of what was known of it. */
  replace(before: Known, after: Known): void {
    this.add({ ...before, variance: -before.variance });
    this.add(after);
  }

  /** Variance of target'coefficients with one more curve (instead of `without`); null where it is not determined. */
  varianceAt(target: readonly number[], known?: Known, without?: Known): number | null {
    const at = this.#knownAt(target);
    if (!at || !known) return at?.variance ?? null;
    const trunk = this.#of(known.trunk);
    if (!without) return at.variance - this.#taken(at, this.#restOf(known, trunk));
    const gone = { ...without, variance: -without.variance };
    const first = this.#restOf(gone, trunk);
    const second = this.#restOf(known, grown(trunk, gone));
    // M^-1 without the first: less a product of rank 1.
    const direction = at.inverse.map((row) => dot(row, first.rest));
    const scale = first.left + dot(direction, first.rest);
    const [along, through] = [dot(direction, second.rest), dot(at.toTarget, first.rest)];
    const left = second.left + quadratic(at.inverse, second.rest) - (along * along) / scale;
    const rest = dot(at.toTarget, second.rest) - (through * along) / scale;
    return at.variance - (through * through) / scale - (rest * rest) / left;
  }

  /** What r r' / d more takes off the variance at the target. */
  #taken({ inverse, toTarget }: At, { rest, left }: { rest: number[]; left: number }): number {
    const through = dot(toTarget, rest);
    return (through * through) / (left + quadratic(inverse, rest));
  }

  #of(key: string): Trunk {
    return this.#trunks.get(key) ?? { sum: 0, weighted: new Array<number>(this.#p).fill(0) };
  }

  #restOf({ x, variance }: Known, { sum, weighted }: Trunk): { rest: number[]; left: number } {
    const shared = this.#trunkVariance / (1 + this.#trunkVariance * sum);
    const rest = new Array<number>(this.#p);
    for (let i = 0; i < rest.length; i++) rest[i] = x[i]! - shared * weighted[i]!;
    return { rest, left: variance + shared };
  }

  #knownAt(target: readonly number[]): At | null {
    if (this.#at?.target === target) return this.#at;
    const units = zeros(this.#p).map((row, i) => row.map((_, j) => (i === j ? 1 : 0)));
    const inverse = units.map((unit) => solve(this.#total, unit));
    if (!inverse.every((row) => row !== null)) return null;
    const toTarget = inverse.map((row) => dot(row, target));
    this.#at = { target, inverse, toTarget, variance: dot(toTarget, target) };
    return this.#at;
  }
}

function grown({ sum, weighted }: Trunk, { x, variance }: Known): Trunk {
  return { sum: sum + 1 / variance, weighted: weighted.map((v, i) => v + x[i]! / variance) };
}

function quadratic(m: readonly (readonly number[])[], v: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i]! * dot(m[i]!, v);
  return sum;
}

function dot(p: readonly number[], q: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += p[i]! * q[i]!;
  return sum;
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
