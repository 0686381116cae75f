import fCdf from "@stdlib/stats-base-dists-f-cdf";
import tCdf from "@stdlib/stats-base-dists-t-cdf";
import { inferenceOf } from "./clustered";
import type { FormDefinition } from "./forms";
import { type LinearFit, leastSquares } from "./linear";
import { remlScatter, type Scatter, whitened } from "./mixed";
import { lnLr } from "./regression";
import type { FitRow } from "./rows";

/** Whether second-order terms explain what a law leaves, and how its exponents change along their regressors. */
export type LackOfFit = {
  /** Of all terms together, as if optima were independent: F, its degrees of freedom, and the probability p. */
  F: number;
  df1: number;
  df2: number;
  p: number;
  /** With errors that trunks share: the least p of the terms, each by its own t test, times their number. */
  pTrunks: number;
  /**
   * Of each coefficient with a squared term: its local value at the lowest and the highest point of the data (`at`, in
   * sequences, tokens or parameters).
   */
  bends: { name: string; low: { at: number; exponent: number }; high: { at: number; exponent: number } }[];
};

const LEAST_DF = 3;

/**
 * Test of all squares and products of a form's regressors against the form itself, on the same optima. Of a surface
 * (`scatter`) its curves are weighed as the law weighs them. Null where the data do not determine the terms.
 */
export function lackOfFit(
  form: FormDefinition,
  rows: readonly FitRow[],
  scatter: Scatter | null = null,
): LackOfFit | null {
  const design = rows.map((row) => form.design(row));
  const y = rows.map(lnLr(form));
  const names = form.coefficients.slice(1);
  const means = names.map((_, j) => design.reduce((sum, x) => sum + x[j + 1]!, 0) / design.length);
  const centred = design.map((x) => names.map((_, j) => x[j + 1]! - means[j]!));
  const squared = names.map((_, j) => j).filter((j) => new Set(centred.map((z) => z[j])).size > 2);
  const pairs = [
    ...squared.map((j) => [j, j] as const),
    ...names.flatMap((_, i) => names.slice(0, i).map((_, j) => [j, i] as const)),
  ];
  const terms = centred.map((z) => [1, ...z, ...pairs.map(([i, j]) => z[i]! * z[j]!)]);
  const { x, y: values } = scatter ? reweighted(terms, y, rows) : { x: terms, y };
  const first = 1 + names.length;
  const plain = leastSquares(
    x.map((row) => row.slice(0, first)),
    values,
  );
  const bent = leastSquares(x, values);
  if (!plain || !bent || pairs.length === 0 || bent.df < LEAST_DF || !(bent.rss > 0)) return null;
  const trunks = rows.map((row) => row.trunkKey);
  const F = (plain.rss - bent.rss) / pairs.length / (bent.rss / bent.df);
  return {
    ...{ F, df1: pairs.length, df2: bent.df, p: 1 - fCdf(Math.max(0, F), pairs.length, bent.df) },
    pTrunks: leastP(x, bent, trunks, first),
    bends: squared.map((j, k) => ({
      name: names[j]!,
      ...ends(bent, { centred, j, term: first + k }, means[j]!),
    })),
  };
}

/** Weighed by the variances that are left once the terms are in. */
function reweighted(x: number[][], y: number[], rows: readonly FitRow[]) {
  const trunks = rows.map((row) => row.trunkKey);
  const variances = rows.map((row) => row.se * row.se);
  const plain = leastSquares(x, y);
  if (!plain) return { x, y };
  const scatter = remlScatter({ x, y: plain.residuals, variances, trunks }, plain.variance);
  return whitened({ x, y, variances, trunks }, scatter);
}

/** Of the coefficients from `first` on, by Bonferroni. */
function leastP(x: number[][], fit: LinearFit, trunks: string[], first: number): number {
  const { covariance, df } = inferenceOf(x, fit, trunks);
  const terms = Array.from({ length: fit.p - first }, (_, k) => first + k);
  const ps = terms.map((j) => {
    const unit = x[0]!.map((_, i) => (i === j ? 1 : 0));
    return 2 * tCdf(-Math.abs(fit.coefficients[j]!) / Math.sqrt(covariance[j]![j]!), df(unit));
  });
  return Math.min(1, ps.length * Math.min(...ps));
}

/** The exponent at either end of a regressor, the others at their means: its slope there. */
function ends(
  { coefficients }: LinearFit,
  { centred, j, term }: { centred: number[][]; j: number; term: number },
  mean: number,
) {
  const z = centred.map((row) => row[j]!);
  const at = (value: number) => ({
    at: Math.exp(value + mean),
    exponent: coefficients[1 + j]! + 2 * coefficients[term]! * value,
  });
  return { low: at(Math.min(...z)), high: at(Math.max(...z)) };
}
