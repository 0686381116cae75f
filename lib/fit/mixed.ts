import { square } from "../portable";
import { dot } from "./linear";
import { nelderMead } from "./nelder-mead";
import { normalSums, solveNormal } from "./normal";

/** Variances of ln eta about a law: of single curves, and of trunks, whose curves share it. */
export type Scatter = { curve: number; trunk: number };

/** Observations of a law: regressors, response, sampling variance of each, and which share a trunk. */
type Observations = { x: number[][]; y: number[]; variances: number[]; trunks: readonly string[] };

/**
 * The two variances by restricted maximum likelihood (REML) for y = x'theta + trunk + curve + error, where the error's
 * variance is known. Deterministic; a variance can be 0.
 */
export function remlScatter(observations: Observations, start: number): Scatter {
  const likelihood = new Restricted(observations);
  const sd = Math.sqrt(Math.max(start, 1e-12));
  // With one curve a trunk the two cannot be told apart.
  const found = likelihood.isSingle
    ? nelderMead(([s]) => likelihood.at(square(s!), 0), [sd], 0.5 * sd, SEARCH).x
    : nelderMead(([s, t]) => likelihood.at(square(s!), square(t!)), [0.7 * sd, 0.7 * sd], 0.5 * sd, SEARCH).x;
  return { curve: square(found[0]!), trunk: square(found[1] ?? 0) };
}

/**
 * The two variances by moments, of residuals of a law with `p` coefficients: from mean squares within and between
 * trunks, as if each trunk had as many curves and the coefficients were found between them.
 */
export function momentScatter(residuals: readonly number[], trunks: readonly string[], p: number): Scatter {
  const groups = [...grouped(trunks).values()];
  const [n, count] = [residuals.length, groups.length];
  let [within, between] = [0, 0];
  for (const members of groups) {
    const mean = members.reduce((sum, i) => sum + residuals[i]!, 0) / members.length;
    between += members.length * square(mean);
    for (const i of members) within += square(residuals[i]! - mean);
  }
  if (n === count || count <= p) return { curve: (within + between) / Math.max(1, n - p), trunk: 0 };
  const curve = within / (n - count);
  const trunk = (between / (count - p) - curve) / (n / count);
  return trunk > 0 ? { curve, trunk } : { curve: (within + between) / (n - p), trunk: 0 };
}

const SEARCH = { tolerance: 1e-7, maxEvaluations: 300 };
const LEAST_VARIANCE = 1e-12;

/** Minus twice the restricted log-likelihood, less a constant, in flat arrays: it is evaluated some hundred times. */
class Restricted {
  /** Observations trunk by trunk; trunk g has those from #starts[g] to #starts[g + 1]. */
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  readonly #variances: Float64Array;
  readonly #starts: number[];
  readonly #p: number;
  readonly #gram: Float64Array;
  readonly #right: Float64Array;
  readonly #sums: Float64Array;

  constructor({ x, y, variances, trunks }: Observations) {
    const groups = [...grouped(trunks).values()];
    const order = groups.flat();
    this.#p = x[0]!.length;
    this.#x = Float64Array.from(order.flatMap((i) => x[i]!));
    this.#y = Float64Array.from(order, (i) => y[i]!);
    this.#variances = Float64Array.from(order, (i) => Math.max(variances[i]!, LEAST_VARIANCE));
    this.#starts = [0];
    for (const members of groups) this.#starts.push(this.#starts.at(-1)! + members.length);
    this.#gram = new Float64Array(this.#p * this.#p);
    this.#right = new Float64Array(this.#p);
    this.#sums = new Float64Array(this.#p);
  }

  get isSingle(): boolean {
    return this.#starts.length - 1 === this.#y.length;
  }

  at(curve: number, trunk: number): number {
    const right = this.#right.fill(0);
    const gram = this.#gram.fill(0);
    let value = 0;
    for (let g = 0; g + 1 < this.#starts.length; g++)
      value += this.#add(this.#starts[g]!, this.#starts[g + 1]!, curve, trunk);
    const p = this.#p;
    for (let j = 0; j < p; j++) {
      for (let k = 0; k <= j; k++) {
        let sum = gram[j * p + k]!;
        for (let i = 0; i < k; i++) sum -= gram[j * p + i]! * gram[k * p + i]!;
        if (j !== k) gram[j * p + k] = sum / gram[k * p + k]!;
        else if (!(sum > 0)) return Number.POSITIVE_INFINITY;
        else gram[j * p + j] = Math.sqrt(sum);
      }
      let sum = right[j]!;
      for (let k = 0; k < j; k++) sum -= gram[j * p + k]! * right[k]!;
      right[j] = sum / gram[j * p + j]!;
      value += 2 * Math.log(gram[j * p + j]!) - square(right[j]!);
    }
    return value;
  }

  /**
   * Adds a trunk to X'V^-1 X and X'V^-1 y; its ln |V| + y'V^-1 y. V = D + trunk 11', so
   * V^-1 = D^-1 - D^-1 11' D^-1 trunk / (1 + trunk sum 1/D).
   */
  #add(from: number, to: number, curve: number, trunk: number): number {
    const [p, gram, right] = [this.#p, this.#gram, this.#right];
    const sums = this.#sums.fill(0);
    let [precision, weighted, value] = [0, 0, 0];
    for (let i = from; i < to; i++) {
      const y = this.#y[i]!;
      const w = 1 / (this.#variances[i]! + curve);
      precision += w;
      weighted += w * y;
      value += w * y * y - Math.log(w);
      for (let j = 0; j < p; j++) {
        const wx = w * this.#x[i * p + j]!;
        sums[j]! += wx;
        right[j]! += wx * y;
        for (let k = 0; k <= j; k++) gram[j * p + k]! += wx * this.#x[i * p + k]!;
      }
    }
    const shared = trunk / (1 + trunk * precision);
    for (let j = 0; j < p; j++) {
      right[j]! -= shared * sums[j]! * weighted;
      for (let k = 0; k <= j; k++) gram[j * p + k]! -= shared * sums[j]! * sums[k]!;
    }
    return value + Math.log1p(trunk * precision) - shared * square(weighted);
  }
}

/** Observations whose errors are independent with variance 1 once they are so scaled and their trunks' share is out. */
export function whitened({ x, y, variances, trunks }: Observations, { curve, trunk }: Scatter) {
  const scale = variances.map((v) => 1 / Math.sqrt(Math.max(v, LEAST_VARIANCE) + curve));
  const rows = x.map((row, i) => row.map((v) => v * scale[i]!));
  const values = y.map((v, i) => v * scale[i]!);
  for (const members of grouped(trunks).values()) {
    // (I + trunk qq')^(-1/2) = I - (1 - (1 + trunk |q|^2)^(-1/2)) qq' / |q|^2
    const length = members.reduce((sum, i) => sum + square(scale[i]!), 0);
    const share = (1 - 1 / Math.sqrt(1 + trunk * length)) / length;
    const less = rows[0]!.map((_, j) => members.reduce((sum, i) => sum + scale[i]! * rows[i]![j]!, 0));
    const lessValue = members.reduce((sum, i) => sum + scale[i]! * values[i]!, 0);
    for (const i of members) {
      for (let j = 0; j < less.length; j++) rows[i]![j]! -= share * scale[i]! * less[j]!;
      values[i]! -= share * scale[i]! * lessValue;
    }
  }
  return { x: rows, y: values };
}

/** What the law without each observation misses it by; null where the others do not determine one. */
export function leaveOneOut({ x, y, variances, trunks }: Observations, scatter: Scatter): number[] | null {
  const zero = x[0]!.map(() => 0);
  const sumsOf = (members: readonly number[]) => {
    const pick = <T>(all: readonly T[]) => members.map((i) => all[i]!);
    const white = whitened({ x: pick(x), y: pick(y), variances: pick(variances), trunks: pick(trunks) }, scatter);
    const one = members.map(() => 1);
    return normalSums(white.x, white.y, one, zero);
  };
  const groups = [...grouped(trunks)].map(([key, members]) => ({ key, members, sums: sumsOf(members) }));
  const errors = new Array<number>(y.length);
  for (const { key, members } of groups) {
    const others = groups.filter((g) => g.key !== key).map((g) => g.sums);
    for (const i of members) {
      const rest = members.filter((j) => j !== i);
      const law = solveNormal(rest.length > 0 ? [...others, sumsOf(rest)] : others, zero);
      if (!law) return null;
      errors[i] = y[i]! - dot(x[i]!, law);
    }
  }
  return errors;
}

function grouped(keys: readonly string[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  keys.forEach((key, i) => {
    const group = groups.get(key);
    if (group) group.push(i);
    else groups.set(key, [i]);
  });
  return groups;
}
