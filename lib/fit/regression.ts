import tQuantile from "@stdlib/stats-base-dists-t-quantile";
import { errorAt } from "../estimate";
import { square } from "../portable";
import { inferenceOf } from "./clustered";
import type { FormDefinition } from "./forms";
import { conditionNumber, dot, huberRegression, type LinearFit, leastSquares, median, quadratic } from "./linear";
import { leaveOneOut, remlScatter, type Scatter, whitened } from "./mixed";
import { normalSums, solveNormal } from "./normal";
import type { FitRow } from "./rows";
import type { FitSettings } from "./settings";
import { BOOTSTRAP_TRUNKS, wildDraws, wildHalf } from "./wild-bootstrap";

type Interval = { low: number; high: number };

/**
 * A fitted coefficient, in natural logs, with its 95% intervals: by Student t with `df` degrees of freedom, and by
 * bootstrap over trunks if asked for. Results before method 3 have the degrees of the whole regression.
 */
export type Coefficient = {
  name: string;
  value: number;
  se: number;
  df?: number;
  /** The standard error if all optima were independent. */
  seIndependent?: number;
  t: Interval;
  bootstrap: Interval | null;
};

export type RegressionRow = FitRow & { fitted: number; residualLog2: number; weight: number; leverage: number };

/**
 * Error of the law over `n` optima when everything at the largest size (or token count), `heldOut`, in parameters or
 * tokens, is withheld, in log2 of the LR.
 */
export type LeaveOut = { what: "size" | "tokens"; heldOut: number; n: number; rmsLog2: number; maxLog2: number };

/**
 * A regression on natural logs, as plain data: covariance and variances are of ln, `Log2` is in octaves, `r2` a
 * fraction; `n` counts optima, `bootstrapResamples` draws. Null stands for what the data do not define.
 */
export type Regression = {
  equation: string;
  coefficients: Coefficient[];
  covariance: number[][];
  n: number;
  df: number;
  /** Trunks over which the covariance is robust (CR2); null where it takes optima for independent. */
  trunks?: number | null;
  /** Of a surface: what the variance is made of. */
  scatter?: Scatter | null;
  variance: number;
  r2: number | null;
  residualSdLog2: number;
  aicc: number | null;
  looRmseLog2: number | null;
  leaveLargestOut: LeaveOut[];
  conditionNumber: number;
  bootstrapResamples: number;
  rows: RegressionRow[];
};

type Response = (row: FitRow) => number;

/** ln eta less the part the form fixes. */
export const lnLr =
  (form: FormDefinition): Response =>
  (row) =>
    Math.log(row.lr) - form.offset(row);

/** ln of the batch in tokens; the sequence length counts as 1 where it is unknown. */
export const lnBatchTokens: Response = (row) => Math.log(row.batchSeqs * (row.seqLen ?? 1));

/** Smallest standard error of ln LR a weight is based on, so that no curve dominates by luck. */
const SMALLEST_SE = 0.05;

/** Fits a form to rows; null where the rows do not determine it. Unless it is `judged`, nothing is withheld from it. */
export function regress(
  form: FormDefinition,
  given: readonly FitRow[],
  settings: FitSettings,
  response: Response = lnLr(form),
  judged = true,
): Regression | null {
  const solved = solve(form, given, settings, response, floorOf(given, response));
  if (!solved) return null;
  const { fit, scatter, rows } = solved;
  const inference = robustInference(solved, rows, settings);
  const { draws, clustered } = inference;
  const residuals = rows.map((row) => response(row) - dot(form.design(row), fit.coefficients));
  const variance = scatter ? scatter.curve + scatter.trunk + measuredVariance(rows) : fit.variance;
  const loo = judged ? leaveOneOutOf({ form, rows, response }, solved, residuals) : null;
  return {
    equation: form.equation,
    coefficients: form.coefficients.map((name, j) => ({ name, ...coefficientAt(j, fit, inference) })),
    covariance: inference.covariance,
    n: fit.n,
    df: fit.df,
    trunks: clustered?.clusters ?? null,
    scatter,
    variance,
    r2: scatter ? shareExplained(rows.map(response), residuals) : fit.r2,
    residualSdLog2: Math.sqrt(variance) / Math.LN2,
    aicc: scatter ? null : aiccOf(fit),
    looRmseLog2: loo ? rms(loo) / Math.LN2 : null,
    leaveLargestOut: judged ? leaveLargestOut(form, rows, settings, response) : [],
    conditionNumber: conditionNumber(rows.map((row) => form.design(row))),
    bootstrapResamples: draws?.length ?? 0,
    rows: rows.map((row, i) =>
      regressionRow(row, {
        residual: residuals[i]!,
        weight: fit.weights[i]!,
        leverage: fit.leverage[i]!,
        takesDecay: form.takesDecay ?? false,
      }),
    ),
  };
}

/** Named rather than spread, like the rows themselves. */
function regressionRow(
  row: FitRow,
  {
    residual,
    weight,
    leverage,
    takesDecay,
  }: { residual: number; weight: number; leverage: number; takesDecay: boolean },
): RegressionRow {
  const named: RegressionRow = {
    cellKey: row.cellKey,
    trunkKey: row.trunkKey,
    seedKey: row.seedKey,
    sizeKey: row.sizeKey,
    curveKeys: row.curveKeys,
    batchSeqs: row.batchSeqs,
    seqLen: row.seqLen,
    tokens: row.tokens,
    params: row.params,
    bracketed: row.bracketed,
    lr: row.lr,
    loss: row.loss,
    se: row.se,
    floorSe: row.floorSe,
    fitted: Math.exp(Math.log(row.lr) - residual),
    residualLog2: residual / Math.LN2,
    weight,
    leverage,
  };
  if (takesDecay) named.weightDecay = row.weightDecay;
  return named;
}

/** Covariance, degrees of freedom and draws over trunks where they tell them, else as if optima were independent. */
function robustInference({ fit, x, inflation }: Solved, rows: readonly FitRow[], settings: FitSettings) {
  const trunks = rows.map((row) => row.trunkKey);
  const { covariance: robust, df, clustered } = inferenceOf(x, fit, trunks);
  // Residuals that are smaller than the grid allows say nothing of the grid.
  const hidden = clustered ? Math.max(0, 1 - fit.rss / fit.df / fit.variance) : 0;
  const larger = clustered ? square(inflation) : 1;
  const canDraw = clustered !== null && clustered.clusters >= BOOTSTRAP_TRUNKS && settings.bootstrap > 0;
  return {
    ...{ df, clustered },
    covariance: robust.map((row, i) => row.map((v, j) => larger * v + hidden * fit.covariance[i]![j]!)),
    draws: canDraw ? wildDraws(clustered, settings.bootstrap, settings.seed) : null,
  };
}

function coefficientAt(j: number, fit: LinearFit, inference: ReturnType<typeof robustInference>) {
  const { covariance, clustered, draws } = inference;
  const value = fit.coefficients[j]!;
  const se = Math.sqrt(covariance[j]![j]!);
  const own = fit.coefficients.map((_, k) => (k === j ? 1 : 0));
  const df = inference.df(own);
  const drawn = draws && clustered && wildHalf(draws, clustered, own, se);
  return {
    ...{ value, se, df, seIndependent: Math.sqrt(fit.covariance[j]![j]!) },
    t: around(value, tQuantile(0.975, df) * se),
    bootstrap: drawn === null ? null : around(value, drawn),
  };
}

type Problem = { form: FormDefinition; rows: readonly FitRow[]; response: Response };

/** What the law without each optimum misses it by, at bracketed curves; null where the others determine no law. */
function leaveOneOutOf({ form, rows, response }: Problem, { fit, scatter }: Solved, residuals: readonly number[]) {
  if (!scatter) {
    if (fit.leverage.some((h) => h >= 1 - 1e-9)) return null;
    return residuals.map((e, i) => e / (1 - fit.leverage[i]!));
  }
  const x = centredColumns(rows.map((row) => form.design(row)));
  const variances = rows.map((row) => square(row.se));
  const trunks = rows.map((row) => row.trunkKey);
  const errors = leaveOneOut({ x, y: rows.map(response), variances, trunks }, scatter);
  return errors?.filter((_, i) => rows[i]!.bracketed) ?? null;
}

const around = (value: number, half: number): Interval => ({ low: value - half, high: value + half });

/** Of a surface: how well the optimum of a bracketed curve is known, in the median. */
export function measuredVariance(rows: readonly FitRow[]): number {
  return median(rows.filter((row) => row.bracketed).map((row) => square(row.se)));
}

/** Least residual variance: of rates that were read off a grid, what the grid leaves open. */
function floorOf(rows: readonly FitRow[], response: Response): number {
  return response === lnBatchTokens ? 0 : rows.reduce((sum, row) => sum + square(row.floorSe), 0) / rows.length;
}

function shareExplained(y: readonly number[], residuals: readonly number[]): number | null {
  const mean = y.reduce((sum, v) => sum + v, 0) / y.length;
  const total = y.reduce((sum, v) => sum + square(v - mean), 0);
  return total > 0 ? 1 - residuals.reduce((sum, e) => sum + square(e), 0) / total : null;
}

/** Correlation of two estimated coefficients. */
export function coefficientCorrelation(regression: Regression, i: number, j: number): number {
  const v = regression.covariance;
  return v[i]![j]! / Math.sqrt(v[i]![i]! * v[j]![j]!);
}

export function rms(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
}

/** A solution, what it was solved with, and of a surface the variances that weigh its curves. */
type Solved = { fit: LinearFit; x: number[][]; rows: readonly FitRow[]; scatter: Scatter | null; inflation: number };

function solve(
  form: FormDefinition,
  rows: readonly FitRow[],
  settings: FitSettings,
  response: Response,
  floor = 0,
): Solved | null {
  const x = rows.map((row) => form.design(row));
  const y = rows.map(response);
  if (!x.every((row) => row.every(Number.isFinite)) || !y.every(Number.isFinite)) return null;
  if (settings.estimator === "surface") return solveMixed(x, y, rows, response !== lnBatchTokens);
  const weights = settings.weights === "se" ? weightsBySe(x, y, rows) : undefined;
  if (settings.robust === "huber") {
    const fit = huberRegression(x, y, weights, floor);
    return fit && { fit, x, rows, scatter: null, inflation: fit.inflation };
  }
  const fit = leastSquares(x, y, weights, floor);
  return fit && { fit, x, rows, scatter: null, inflation: 1 };
}

/** Regressors less their means, but for the constant: the same law, further from rounding. */
export function centredColumns(x: readonly number[][]): number[][] {
  const means = x[0]!.map((_, j) => (j === 0 ? 0 : x.reduce((sum, row) => sum + row[j]!, 0) / x.length));
  return x.map((row) => row.map((v, j) => v - means[j]!));
}

/** Least squares under the variances of curves and trunks, which are found first; `ofRates` where y is of ln eta. */
function solveMixed(x: number[][], y: number[], read: readonly FitRow[], ofRates: boolean): Solved | null {
  const plain = leastSquares(x, y);
  if (!plain) return null;
  const rows = ofRates ? read.map((row, i) => atLaw(row, row.lr * Math.exp(-plain.residuals[i]!))) : read;
  const trunks = rows.map((row) => row.trunkKey);
  const variances = rows.map((row) => square(row.se));
  // What the law explains is out of the residuals already; the likelihood is the same.
  const scatter = remlScatter({ x: centredColumns(x), y: plain.residuals, variances, trunks }, plain.variance);
  const white = whitened({ x, y, variances, trunks }, scatter);
  const fit = leastSquares(white.x, white.y);
  return fit && { fit, x: white.x, rows, scatter, inflation: 1 };
}

/**
 * With the error that the optimum would have at the law's rate: by that of its reading, optima that were read too far
 * from the rates that were tried would weigh less than those read too near, which bends laws of cut off curves.
 */
function atLaw(row: FitRow, lr: number): FitRow {
  return row.reading ? { ...row, se: errorAt(lr, row.reading.rates, row.reading.of) } : row;
}

/**
 * 1 / (se^2 + tau^2): what optima scatter by between curves counts beside the error of each (DerSimonian and Laird). An
 * error that is small by luck is taken for SMALLEST_SE.
 */
function weightsBySe(x: number[][], y: number[], rows: readonly FitRow[]): number[] {
  const variances = rows.map((row) => square(Math.max(row.se, SMALLEST_SE)));
  const precision = variances.map((v) => 1 / v);
  const fit = leastSquares(x, y, precision);
  if (!fit) return precision;
  const mean = precision.reduce((sum, w) => sum + w, 0) / precision.length;
  const q = fit.residuals.reduce((sum, e, i) => sum + precision[i]! * e * e, 0);
  // tr(W) - tr((X'WX)^-1 X'W^2 X); weights and covariance of the fit are scaled to a mean weight of 1.
  const unscaled = fit.covariance.map((row) => row.map((v) => v / fit.variance));
  const trace = x.reduce(
    (sum, row, i) => sum + precision[i]! * (1 - (precision[i]! / mean) * quadratic(row, unscaled)),
    0,
  );
  const between = Math.max(0, (q - fit.df) / trace);
  return variances.map((v) => 1 / (v + between));
}

/** Coefficients alone, without what only a shown fit needs. */
function coefficientsOf(form: FormDefinition, rows: readonly FitRow[], settings: FitSettings, response: Response) {
  if (rows.length <= form.coefficients.length) return null;
  if (settings.robust === "huber" || settings.estimator === "surface" || settings.weights === "se")
    return solve(form, rows, settings, response)?.fit.coefficients ?? null;
  const x = rows.map((row) => form.design(row));
  const center = x[0]!.map((_, j) => x.reduce((sum, row) => sum + row[j]!, 0) / x.length);
  const one = rows.map(() => 1);
  return solveNormal([normalSums(x, rows.map(response), one, center)], center);
}

function leaveLargestOut(
  form: FormDefinition,
  rows: readonly FitRow[],
  settings: FitSettings,
  response: Response,
): LeaveOut[] {
  const by = [
    { what: "size" as const, of: (row: FitRow) => row.params },
    { what: "tokens" as const, of: (row: FitRow) => row.tokens },
  ];
  return by.flatMap(({ what, of }) => {
    const values = rows.map(of);
    if (values.some((v) => v === null)) return [];
    const heldOut = Math.max(...(values as number[]));
    const kept = rows.filter((row) => of(row) !== heldOut);
    const out = rows.filter((row) => of(row) === heldOut && row.bracketed);
    const coefficients = coefficientsOf(form, kept, settings, response);
    if (!coefficients || out.length === 0) return [];
    const errors = out.map((row) => (dot(form.design(row), coefficients) - response(row)) / Math.LN2);
    return [{ what, heldOut, n: out.length, rmsLog2: rms(errors), maxLog2: Math.max(...errors.map(Math.abs)) }];
  });
}

/** Akaike's criterion with the small-sample correction; the variance counts as a parameter. */
function aiccOf(fit: LinearFit): number | null {
  const k = fit.p + 1;
  const rss = Math.max(fit.rss, fit.variance * fit.df);
  if (fit.n - k - 1 <= 0 || !(rss > 0)) return null;
  return fit.n * Math.log(rss / fit.n) + 2 * k + (2 * k * (k + 1)) / (fit.n - k - 1);
}
