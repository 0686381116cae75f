import { groupBy } from "../estimate";
import { counted } from "../format";
import { power } from "../portable";
import type { Range } from "./lr-fit";
import { rangeOf } from "./lr-fit";
import { nelderMead } from "./nelder-mead";
import type { NotIdentifiable } from "./not-identifiable";
import { mulberry32, percentileInterval, resampleIndices } from "./random";

/** Best loss reached at one (N, T). */
export type LossRow = { cellKey: string; params: number; tokens: number; loss: number };

/** L = E + A N^-alpha + B T^-beta: E, A and B in the unit of the loss, N in parameters, T in tokens. */
export type LossLaw = { E: number; A: number; B: number; alpha: number; beta: number };

/**
 * A fitted law of the loss. `objective` is the sum of Huber losses of ln L, `rmsResidual` and `residual` are in ln L,
 * `fitted` in the unit of the loss, `n` counts the rows; `starts` lists where each start ended.
 */
export type LossFit = {
  kind: "loss";
  law: LossLaw;
  bootstrap: Record<keyof LossLaw, Range> | null;
  objective: number;
  rmsResidual: number;
  n: number;
  starts: { alpha: number; beta: number; objective: number }[];
  ranges: { params: Range; tokens: Range };
  rows: (LossRow & { fitted: number; residual: number })[];
};

const DELTA = 1e-3;
const START_EXPONENTS = [0.2, 0.35, 0.5, 0.8];

/**
 * Fits the loss law of Hoffmann et al. by variable projection: for fixed exponents the three amplitudes are a
 * non-negative linear problem, so the search is over (alpha, beta) only, from 16 starts. The criterion is the sum (not
 * the mean, which stalls optimisers early: arXiv 2404.10102) of Huber losses of ln L with delta 1e-3.
 */
export function fitLoss(
  rows: readonly LossRow[],
  { bootstrap = 0, seed = 42 }: { bootstrap?: number; seed?: number } = {},
): LossFit | NotIdentifiable {
  if (rows.length < 6) {
    return {
      reason: "too-few-optima",
      message: `The loss law has 5 coefficients; ${counted(rows.length, "loss is", "losses are")} too few.`,
    };
  }
  for (const [name, values] of [
    ["parameter count", rows.map((r) => r.params)],
    ["token count", rows.map((r) => r.tokens)],
  ] as const) {
    if (new Set(values).size < 3) {
      return { reason: "one-value", message: `The loss law needs at least three different values of the ${name}.` };
    }
  }
  const problem = new LossProblem(rows);
  const starts = START_EXPONENTS.flatMap((alpha) => START_EXPONENTS.map((beta) => problem.search(alpha, beta, 0.05)));
  const best = starts.reduce((p, q) => (q.objective < p.objective ? q : p));
  if (!Number.isFinite(best.objective)) {
    return { reason: "no-convergence", message: "No start of the search reached a finite objective." };
  }
  const law = problem.polish(best);
  const fitted = rows.map((row) => predictLoss(law, row));
  const residuals = rows.map((row, i) => Math.log(row.loss / fitted[i]!));
  return {
    kind: "loss",
    law,
    bootstrap: bootstrap > 0 ? bootstrapLaw(rows, law, bootstrap, seed) : null,
    objective: residuals.reduce((sum, r) => sum + huber(r), 0),
    rmsResidual: Math.sqrt(residuals.reduce((sum, r) => sum + r * r, 0) / residuals.length),
    n: rows.length,
    starts: starts.map(({ alpha, beta, objective }) => ({ alpha, beta, objective })),
    ranges: { params: rangeOf(rows.map((r) => r.params)), tokens: rangeOf(rows.map((r) => r.tokens)) },
    rows: rows.map((row, i) => ({ ...row, fitted: fitted[i]!, residual: residuals[i]! })),
  };
}

/** E + A N^-alpha + B T^-beta. */
export function predictLoss(law: LossLaw, point: { params: number; tokens: number }): number {
  return law.E + law.A * power(point.params, -law.alpha) + law.B * power(point.tokens, -law.beta);
}

type Candidate = { alpha: number; beta: number; amplitudes: number[]; objective: number };

class LossProblem {
  readonly #lnN: Float64Array;
  readonly #lnT: Float64Array;
  readonly #loss: Float64Array;
  /** Regressors are scaled to 1 at their largest, which keeps the normal equations well conditioned. */
  readonly #lowN: number;
  readonly #lowT: number;
  readonly #u: Float64Array;
  readonly #v: Float64Array;
  readonly #model: Float64Array;
  readonly #residual: Float64Array;
  readonly #spare: Float64Array;
  readonly #spareResidual: Float64Array;
  #warm: number[] | null = null;

  constructor(rows: readonly LossRow[]) {
    this.#lnN = Float64Array.from(rows, (r) => Math.log(r.params));
    this.#lnT = Float64Array.from(rows, (r) => Math.log(r.tokens));
    this.#loss = Float64Array.from(rows, (r) => r.loss);
    this.#lowN = Math.min(...this.#lnN);
    this.#lowT = Math.min(...this.#lnT);
    [this.#u, this.#v, this.#model, this.#residual, this.#spare, this.#spareResidual] = Array.from(
      { length: 6 },
      () => new Float64Array(rows.length),
    ) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  }

  /** Local minimum over the exponents near a start. */
  search(alpha: number, beta: number, edge: number): Candidate {
    const { x } = nelderMead(([a, b]) => this.project(a!, b!).objective, [alpha, beta], edge, {
      tolerance: 1e-7,
      maxEvaluations: 240,
    });
    return this.project(x[0]!, x[1]!);
  }

  /** Repeats the search from its own end with a small simplex, until the objective stands still. */
  polish(start: Candidate): LossLaw {
    let best = start;
    for (let round = 0; round < 8; round++) {
      const next = this.search(best.alpha, best.beta, 0.005);
      const gain = best.objective - next.objective;
      if (gain > 0) best = next;
      if (gain <= 1e-12 * best.objective) break;
    }
    const [E, A, B] = best.amplitudes as [number, number, number];
    return { E, A, B, alpha: best.alpha, beta: best.beta };
  }

  /**
   * Best amplitudes for fixed exponents: Gauss-Newton on ln L with Huber weights, each step a non-negative solve. It
   * begins at the amplitudes of the exponents tried before, which are close.
   */
  project(alpha: number, beta: number): Candidate {
    if (!(alpha > 0 && beta > 0 && alpha < 3 && beta < 3)) return { alpha, beta, amplitudes: [], objective: Infinity };
    const n = this.#loss.length;
    const [u, v] = [this.#u, this.#v];
    for (let i = 0; i < n; i++) {
      u[i] = Math.exp(-alpha * (this.#lnN[i]! - this.#lowN));
      v[i] = Math.exp(-beta * (this.#lnT[i]! - this.#lowT));
    }
    let amplitudes = [0, 0, 0];
    let objective = Infinity;
    let [model, residual, next, nextResidual] = [this.#model, this.#residual, this.#spare, this.#spareResidual];
    const warm = this.#warm;
    for (let i = 0; i < n; i++) {
      const m = warm ? warm[0]! + warm[1]! * u[i]! + warm[2]! * v[i]! : this.#loss[i]!;
      model[i] = m > 0 ? m : this.#loss[i]!;
      residual[i] = Math.log(this.#loss[i]! / model[i]!);
    }
    for (let iteration = 0; iteration < 200; iteration++) {
      const step = nonNegativeSolve(u, v, model, residual);
      const value = this.#evaluate(step, next, nextResidual);
      if (value > objective * (1 - 1e-11)) {
        if (value < objective) [amplitudes, objective] = [step, value];
        break;
      }
      if (value === Infinity) break;
      [amplitudes, objective] = [step, value];
      [model, residual, next, nextResidual] = [next, nextResidual, model, residual];
    }
    if (Number.isFinite(objective)) this.#warm = amplitudes;
    const [E, A, B] = amplitudes as [number, number, number];
    return {
      alpha,
      beta,
      amplitudes: [E, A * Math.exp(alpha * this.#lowN), B * Math.exp(beta * this.#lowT)],
      objective,
    };
  }

  /** Fills model and residual at some amplitudes; the objective, infinite where the model is not positive. */
  #evaluate([E, A, B]: number[], model: Float64Array, residual: Float64Array): number {
    let value = 0;
    for (let i = 0; i < model.length; i++) {
      const m = E! + A! * this.#u[i]! + B! * this.#v[i]!;
      if (!(m > 0)) return Infinity;
      model[i] = m;
      residual[i] = Math.log(this.#loss[i]! / m);
      value += huber(residual[i]!);
    }
    return value;
  }
}

/**
 * One Gauss-Newton step on (1, u, v) with non-negative amplitudes, by trying every active set. The working response is
 * m (1 + r) with Huber weights over m^2: its residual from the model is m r to first order, exactly that of ln L.
 */
function nonNegativeSolve(u: Float64Array, v: Float64Array, model: Float64Array, residual: Float64Array): number[] {
  const gram = [0, 0, 0, 0, 0, 0];
  const right = [0, 0, 0];
  for (let i = 0; i < u.length; i++) {
    const [m, r, p, q] = [model[i]!, residual[i]!, u[i]!, v[i]!];
    const w = Math.min(1, DELTA / Math.max(Math.abs(r), 1e-300)) / (m * m);
    const y = m * (1 + r);
    gram[0]! += w;
    gram[1]! += w * p;
    gram[2]! += w * q;
    gram[3]! += w * p * p;
    gram[4]! += w * p * q;
    gram[5]! += w * q * q;
    right[0]! += w * y;
    right[1]! += w * p * y;
    right[2]! += w * q * y;
  }
  const [a, b, c, d, e, f] = gram as [number, number, number, number, number, number];
  const full = [
    [a, b, c],
    [b, d, e],
    [c, e, f],
  ];
  let best = [0, 0, 0];
  let bestGain = 0;
  for (const set of [[0, 1, 2], [0, 1], [0, 2], [1, 2], [0], [1], [2]]) {
    const part = solveSymmetric(
      set.map((i) => set.map((j) => full[i]![j]!)),
      set.map((i) => right[i]!),
    );
    if (!part?.every((value) => value >= 0)) continue;
    const gain = set.reduce((sum, i, k) => sum + right[i]! * part[k]!, 0);
    if (gain > bestGain) {
      bestGain = gain;
      best = [0, 1, 2].map((i) => part[set.indexOf(i)] ?? 0);
    }
    if (set.length === 3) break;
  }
  return best;
}

/** Solution of a small symmetric positive system by elimination; null if it is singular. */
function solveSymmetric(matrix: number[][], right: number[]): number[] | null {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  const size = rows.length;
  for (let k = 0; k < size; k++) {
    const pivot = rows[k]![k]!;
    if (!(pivot > 1e-13 * matrix[k]![k]!)) return null;
    for (let i = 0; i < size; i++) {
      if (i === k) continue;
      const factor = rows[i]![k]! / pivot;
      for (let j = k; j <= size; j++) rows[i]![j]! -= factor * rows[k]![j]!;
    }
  }
  return rows.map((row, k) => row[size]! / row[k]!);
}

function bootstrapLaw(rows: readonly LossRow[], law: LossLaw, resamples: number, seed: number): LossFit["bootstrap"] {
  const cells = [...groupBy(rows, (row) => row.cellKey).entries()]
    .sort(([p], [q]) => (p < q ? -1 : 1))
    .map(([, c]) => c);
  const random = mulberry32(seed);
  const laws = Array.from({ length: resamples }, () => {
    const problem = new LossProblem(resampleIndices(cells.length, random).flatMap((i) => cells[i]!));
    return problem.polish(problem.search(law.alpha, law.beta, 0.02));
  });
  const interval = (name: keyof LossLaw) => percentileInterval(laws.map((l) => l[name]))!;
  return { E: interval("E"), A: interval("A"), B: interval("B"), alpha: interval("alpha"), beta: interval("beta") };
}

function huber(residual: number): number {
  const r = Math.abs(residual);
  return r <= DELTA ? (r * r) / 2 : DELTA * (r - DELTA / 2);
}
