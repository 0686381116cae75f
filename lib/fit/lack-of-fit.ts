import fCdf from "@stdlib/stats-base-dists-f-cdf";
import type { FormDefinition } from "./forms";
import { type LinearFit, leastSquares } from "./linear";
import { lnLr } from "./regression";
import type { FitRow } from "./rows";

/** Whether second-order terms explain what a law leaves, and how its exponents change along their regressors. */
export type LackOfFit = {
  F: number;
  df1: number;
  df2: number;
  p: number;
  /** Of each coefficient with a squared term: its local value at the lowest and the highest point of the data. */
  bends: { name: string; low: { at: number; exponent: number }; high: { at: number; exponent: number } }[];
};

const LEAST_DF = 3;

/**
 * F test of all squares and products of a form's regressors against the form itself, on the same optima, by plain least
 * squares. Null where the data do not determine the terms.
 */
export function lackOfFit(form: FormDefinition, rows: readonly FitRow[]): LackOfFit | null {
  const design = rows.map((row) => form.design(row));
  const y = rows.map(lnLr(form));
  const plain = leastSquares(design, y);
  const names = form.coefficients.slice(1);
  const means = names.map((_, j) => design.reduce((sum, x) => sum + x[j + 1]!, 0) / design.length);
  const centred = design.map((x) => names.map((_, j) => x[j + 1]! - means[j]!));
  const squared = names.map((_, j) => j).filter((j) => new Set(centred.map((z) => z[j])).size > 2);
  const pairs = [
    ...squared.map((j) => [j, j] as const),
    ...names.flatMap((_, i) => names.slice(0, i).map((_, j) => [j, i] as const)),
  ];
  const full = centred.map((z) => [1, ...z, ...pairs.map(([i, j]) => z[i]! * z[j]!)]);
  const bent = leastSquares(full, y);
  if (!plain || !bent || pairs.length === 0 || bent.df < LEAST_DF || !(bent.rss > 0)) return null;
  const F = (plain.rss - bent.rss) / pairs.length / (bent.rss / bent.df);
  return {
    ...{ F, df1: pairs.length, df2: bent.df, p: 1 - fCdf(Math.max(0, F), pairs.length, bent.df) },
    bends: squared.map((j, k) => ({
      name: names[j]!,
      ...ends(bent, { centred, j, term: 1 + names.length + k }, means[j]!),
    })),
  };
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
