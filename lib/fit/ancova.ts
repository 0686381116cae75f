import tCdf from "@stdlib/stats-base-dists-t-cdf";
import tQuantile from "@stdlib/stats-base-dists-t-quantile";
import { inferenceOf } from "./clustered";
import type { FitResult } from "./fit-law";
import { dot, leastSquares, quadratic } from "./linear";
import { formOf, type LrFit } from "./lr-fit";
import { remlScatter, whitened } from "./mixed";
import { lnLr } from "./regression";
import type { FitRow } from "./rows";

/**
 * A group's exponent less that of the first group, with its standard error, and its constant over the first group's, a
 * ratio of rates with its 95% interval, at equal exponents. p are probabilities.
 */
export type GroupSlope = { group: string; name: string; difference: number; se: number; df: number; p: number };
export type GroupConstant = { group: string; factor: number; low: number; high: number; p: number };
/**
 * A group's own law over the first group's own, a ratio of rates with its 95% interval, at the optimum of it where that
 * is largest.
 */
export type GroupDistance = { group: string; factor: number; low: number; high: number };

/** Laws are equivalent where they differ by less than that factor over the whole interval, as in transfer checks. */
export const EQUIVALENT = 1.5;

/**
 * Whether groups of optima lie on one law (analysis of covariance). `pSlopes` and `pConstants` are the least p of their
 * tests times their number.
 */
export type Ancova = {
  form: LrFit["form"];
  groups: { value: string; optima: number }[];
  slopes: GroupSlope[];
  constants: GroupConstant[];
  distances: GroupDistance[];
  pSlopes: number | null;
  pConstants: number | null;
  /**
   * At 5%: other exponents, or another constant for some group. One law only where every group's is equivalent to the
   * first's: that no difference is shown does not show that there is none.
   */
  relation: "same" | "parallel" | "different" | "not determined";
};

/**
 * The law of a fit with exponents of its own for each group, and with a constant alone, against one law for all; t
 * tests with errors that trunks share (CR2). Of a surface its curves are weighed by the variances that are left.
 */
export function ancova(
  result: FitResult,
  groupOf: (dims: FitResult["optima"][number]["dims"]) => string,
): Ancova | null {
  const fit = result.fit?.kind === "lr" ? result.fit : null;
  if (!fit) return null;
  const dims = new Map(result.optima.map((o) => [o.key, o.dims]));
  const { rows } = fit.regression;
  const of = rows.map((row) => groupOf(dims.get(row.curveKeys[0]!)!));
  const values = [...new Set(of)].sort((p, q) => p.localeCompare(q, "en", { numeric: true }));
  const others = values.slice(1);
  const form = formOf(fit);
  const design = rows.map((row) => form.design(row));
  const [separate, parallel] = [
    solved(fit, rows, of, (i) => others.flatMap((g) => (of[i] === g ? design[i]! : design[i]!.map(() => 0)))),
    solved(fit, rows, of, (i) => others.map((g) => (of[i] === g ? 1 : 0))),
  ];
  const p = design[0]!.length;
  const names = form.coefficients;
  const slopes = others.flatMap((group, g) =>
    names.slice(1).flatMap((name, j) => {
      const test = separate?.at(p + g * p + 1 + j);
      return test ? [{ group, name, difference: test.value, se: test.se, df: test.df, p: test.p }] : [];
    }),
  );
  const constants = others.flatMap((group, g) => {
    const test = parallel?.at(p + g);
    if (!test) return [];
    const half = tQuantile(0.975, test.df) * test.se;
    const at = (v: number) => Math.exp(test.value + v);
    return [{ group, factor: at(0), low: at(-half), high: at(half), p: test.p }];
  });
  const distances = others.flatMap((group, g) => {
    const own = design.filter((_, i) => of[i] === group).map((x) => inBlock(x, p + g * p, p + others.length * p));
    const far = separate && own.map(separate.contrast).reduce((q, r) => (reach(r) > reach(q) ? r : q));
    if (!far) return [];
    return [{ group, factor: Math.exp(far.value), low: Math.exp(far.low), high: Math.exp(far.high) }];
  });
  const [pSlopes, pConstants] = [least(slopes), least(constants)];
  return {
    form: fit.form,
    groups: values.map((value) => ({ value, optima: of.filter((v) => v === value).length })),
    ...{ slopes, constants, distances, pSlopes, pConstants },
    relation: relationOf({ pSlopes, pConstants, distances: distances.length < others.length ? [] : distances }),
  };
}

/** The fit with more regressors, as the test of each coefficient; null where the data do not determine them. */
function solved(fit: LrFit, rows: readonly FitRow[], of: readonly string[], more: (i: number) => number[]) {
  const form = formOf(fit);
  const x = rows.map((row, i) => [...form.design(row), ...more(i)]);
  const y = rows.map(lnLr(form));
  const trunks = rows.map((row, i) => `${of[i]} ${row.trunkKey}`);
  const plain = leastSquares(x, y);
  if (!plain) return null;
  const variances = rows.map((row) => row.se * row.se);
  const white = fit.regression.scatter
    ? whitened({ x, y, variances, trunks }, remlScatter({ x, y: plain.residuals, variances, trunks }, plain.variance))
    : { x, y };
  const solution = leastSquares(white.x, white.y);
  if (!solution) return null;
  const { covariance, df } = inferenceOf(white.x, solution, trunks);
  return {
    at: (index: number) => {
      const value = solution.coefficients[index]!;
      const se = Math.max(Math.sqrt(covariance[index]![index]!), Number.MIN_VALUE);
      const degrees = df(solution.coefficients.map((_, j) => (j === index ? 1 : 0)));
      return { value, se, df: degrees, p: 2 * tCdf(-Math.min(Math.abs(value) / se, 1e300), degrees) };
    },
    contrast: (c: readonly number[]) => {
      const value = dot(c, solution.coefficients);
      const half = tQuantile(0.975, df(c)) * Math.sqrt(quadratic(c, covariance));
      return { value, low: value - half, high: value + half };
    },
  };
}

/** A contrast whose only entries are `x`, from `first` on. */
function inBlock(x: readonly number[], first: number, length: number): number[] {
  return Array.from({ length }, (_, j) => x[j - first] ?? 0);
}

const reach = ({ low, high }: { low: number; high: number }) => Math.max(-low, high);

function least(tests: readonly { p: number }[]): number | null {
  return tests.length === 0 ? null : Math.min(1, tests.length * Math.min(...tests.map((t) => t.p)));
}

function relationOf({
  pSlopes,
  pConstants,
  distances,
}: Pick<Ancova, "pSlopes" | "pConstants" | "distances">): Ancova["relation"] {
  if (pSlopes !== null && pSlopes < 0.05) return "different";
  if (pConstants !== null && pConstants < 0.05) return "parallel";
  const isEquivalent = distances.length > 0 && distances.every((d) => d.high < EQUIVALENT && d.low > 1 / EQUIVALENT);
  return isEquivalent ? "same" : "not determined";
}
