import tQuantile from "@stdlib/stats-base-dists-t-quantile";
import { groupBy } from "../estimate";
import { square } from "../portable";
import type { FormDefinition } from "./forms";
import { conditionNumber, dot, huberRegression, type LinearFit, leastSquares } from "./linear";
import { normalSums, solveNormal } from "./normal";
import { mulberry32, percentileInterval, resampleIndices } from "./random";
import type { FitRow } from "./rows";
import type { FitSettings } from "./settings";

type Interval = { low: number; high: number };

/**
 * A fitted coefficient with its 95% intervals: by Student t, and by bootstrap over (size, tokens) cells if asked for.
 */
export type Coefficient = { name: string; value: number; se: number; t: Interval; bootstrap: Interval | null };

export type RegressionRow = FitRow & { fitted: number; residualLog2: number; weight: number; leverage: number };

/** Error of the law when everything at the largest size (or token count) is withheld, in log2 of the LR. */
export type LeaveOut = { what: "size" | "tokens"; heldOut: number; n: number; rmsLog2: number; maxLog2: number };

/** A regression on natural logs, as plain data. Null stands for what the data do not define. */
export type Regression = {
  equation: string;
  coefficients: Coefficient[];
  covariance: number[][];
  n: number;
  df: number;
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

/** Fits a form to rows; null where the rows do not determine it. */
export function regress(
  form: FormDefinition,
  rows: readonly FitRow[],
  settings: FitSettings,
  response: Response = lnLr(form),
): Regression | null {
  const isOfRates = response !== lnBatchTokens;
  const floor = isOfRates ? rows.reduce((sum, row) => sum + square(row.floorSe), 0) / rows.length : 0;
  const fit = solve(form, rows, settings, response, floor);
  if (!fit) return null;
  const intervals = bootstrapIntervals(form, rows, settings, response);
  const quantile = tQuantile(0.975, fit.df);
  const loo = fit.residuals.map((e, i) => (fit.leverage[i]! < 1 - 1e-9 ? e / (1 - fit.leverage[i]!) : null));
  return {
    equation: form.equation,
    coefficients: form.coefficients.map((name, j) => {
      const value = fit.coefficients[j]!;
      const se = Math.sqrt(fit.covariance[j]![j]!);
      return {
        name,
        value,
        se,
        t: { low: value - quantile * se, high: value + quantile * se },
        bootstrap: intervals?.[j] ?? null,
      };
    }),
    covariance: fit.covariance,
    n: fit.n,
    df: fit.df,
    variance: fit.variance,
    r2: fit.r2,
    residualSdLog2: Math.sqrt(fit.variance) / Math.LN2,
    aicc: aiccOf(fit),
    looRmseLog2: loo.every((e) => e !== null) ? rms(loo) / Math.LN2 : null,
    leaveLargestOut: leaveLargestOut(form, rows, settings, response),
    conditionNumber: conditionNumber(rows.map((row) => form.design(row))),
    bootstrapResamples: intervals ? settings.bootstrap : 0,
    rows: rows.map((row, i) => ({
      ...row,
      fitted: Math.exp(Math.log(row.lr) - fit.residuals[i]!),
      residualLog2: fit.residuals[i]! / Math.LN2,
      weight: fit.weights[i]!,
      leverage: fit.leverage[i]!,
    })),
  };
}

/** Correlation of two estimated coefficients. */
export function coefficientCorrelation(regression: Regression, i: number, j: number): number {
  const v = regression.covariance;
  return v[i]![j]! / Math.sqrt(v[i]![i]! * v[j]![j]!);
}

export function rms(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
}

function solve(
  form: FormDefinition,
  rows: readonly FitRow[],
  settings: FitSettings,
  response: Response,
  floor = 0,
): LinearFit | null {
  const x = rows.map((row) => form.design(row));
  const y = rows.map(response);
  if (!x.every((row) => row.every(Number.isFinite)) || !y.every(Number.isFinite)) return null;
  const weights = settings.weights === "se" ? rows.map(weightOf(settings)) : undefined;
  return settings.robust === "huber" ? huberRegression(x, y, weights, floor) : leastSquares(x, y, weights, floor);
}

function weightOf(settings: FitSettings): (row: FitRow) => number {
  return settings.weights === "se" ? (row) => 1 / square(Math.max(row.se, SMALLEST_SE)) : () => 1;
}

/** Percentile intervals of the coefficients over resampled (size, tokens) cells. */
function bootstrapIntervals(
  form: FormDefinition,
  rows: readonly FitRow[],
  settings: FitSettings,
  response: Response,
): (Interval | null)[] | null {
  if (settings.bootstrap === 0) return null;
  const laws = resampledCoefficients(form, rows, settings, response);
  return form.coefficients.map((_, j) => percentileInterval(laws.map((law) => law[j]!)));
}

/** Coefficients of every resample of the (size, tokens) cells; draws that cannot be fitted are left out. */
export function resampledCoefficients(
  form: FormDefinition,
  rows: readonly FitRow[],
  settings: FitSettings,
  response: Response = lnLr(form),
): number[][] {
  const cells = [...groupBy(rows, (row) => row.cellKey).entries()]
    .sort(([p], [q]) => (p < q ? -1 : 1))
    .map(([, c]) => c);
  const random = mulberry32(settings.seed);
  const fitDrawn =
    settings.robust === "huber"
      ? (drawn: number[]) =>
          solve(
            form,
            drawn.flatMap((i) => cells[i]!),
            settings,
            response,
          )?.coefficients
      : cellSums(form, cells, settings, response);
  return Array.from({ length: settings.bootstrap }).flatMap(() => {
    const law = fitDrawn(resampleIndices(cells.length, random));
    return law ? [law] : [];
  });
}

/** Least squares of drawn cells from sums that each cell has once. */
function cellSums(form: FormDefinition, cells: readonly FitRow[][], settings: FitSettings, response: Response) {
  const all = cells.flat();
  const design = all.map((row) => form.design(row));
  const center = design[0]!.map((_, j) => design.reduce((sum, x) => sum + x[j]!, 0) / design.length);
  const weigh = weightOf(settings);
  const sums = cells.map((cell) =>
    normalSums(
      cell.map((row) => form.design(row)),
      cell.map(response),
      cell.map(weigh),
      center,
    ),
  );
  return (drawn: readonly number[]) =>
    solveNormal(
      drawn.map((i) => sums[i]!),
      center,
    );
}

/** Coefficients alone, without what only a shown fit needs. */
function coefficientsOf(form: FormDefinition, rows: readonly FitRow[], settings: FitSettings, response: Response) {
  if (rows.length <= form.coefficients.length) return null;
  if (settings.robust === "huber") return solve(form, rows, settings, response)?.coefficients ?? null;
  return cellSums(form, [[...rows]], settings, response)([0]);
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
    const out = rows.filter((row) => of(row) === heldOut);
    const coefficients = coefficientsOf(form, kept, settings, response);
    if (!coefficients) return [];
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
