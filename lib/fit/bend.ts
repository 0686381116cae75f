import tQuantile from "@stdlib/stats-base-dists-t-quantile";
import { square } from "../portable";
import { type Clustered, clusteredCovariance, satterthwaite, transposeTimes } from "./clustered";
import { type FormDefinition, type FormWords, type LawPoint, regressor } from "./forms";
import { dot, leastSquares, quadratic } from "./linear";
import { remlScatter, type Scatter, whitened } from "./mixed";
import { centredColumns, lnLr, type Regression } from "./regression";

type Direction = FormWords["needs"][number];

/**
 * A law with a square of each of its regressors beside it, q = (ln x - center)^2 / 2, whose coefficient, the second
 * derivative of ln eta, is drawn to 0 by a normal prior of standard deviation `sd`. Coefficients are those of the
 * law's columns, then of the squares; the covariance is the posterior's.
 */
export type LawBend = {
  terms: { of: Direction; center: number; sd: number }[];
  coefficients: number[];
  covariance: number[][];
  /** Of curves and trunks about the bent law. Bends of method 4 do not have it. */
  scatter?: Scatter;
};

/**
 * Second derivatives of ln eta that laws are found to have, per e-fold: along the batch -0.154 over the 157 curves of
 * Step Law's grid (exponent 0.609 up to a batch of 128, 0.186 from there on) and 0.156 +- 0.071 over the quickstart's
 * 40; along tokens 0.011 +- 0.080 there, too little to tell, so that 0.05 is an assumption, as it is of size and compute.
 */
const SD: Record<Direction, number> = {
  batchSeqs: 0.16,
  tokens: 0.05,
  params: 0.05,
  compute: 0.05,
  tokensPerParam: 0.05,
};

/** Residual degrees of freedom from which on the scatter about a bent law is taken from the optima. */
const LEAST_DF = 3;
/** Where Student's t is normal. */
const MOST_DF = 1e6;

/** The bent law behind a straight one; null where its optima do not determine one. */
export function bendOf(form: FormDefinition, regression: Regression): LawBend | null {
  const { rows } = regression;
  // A law that levels off along the batch bends there already.
  const directions = form.needs.filter((of) => !(of === "batchSeqs" && form.coefficients.includes("ln B0")));
  const terms = directions.map((of) => {
    const values = rows.map((row) => Math.log(regressor(of, row)));
    return { of, center: values.reduce((sum, v) => sum + v, 0) / values.length, sd: SD[of] };
  });
  const straight = rows.map((row) => form.design(row));
  const law = { form, regression };
  const scatter = scatterAbout(straight, withSquares(law, terms), law);
  const fit = scatter && posterior(law, { terms, scatter }).fit;
  if (!fit) return null;
  const { coefficients, rootInverse } = fit;
  return { terms, coefficients, covariance: rootInverse.map((p) => rootInverse.map((q) => dot(p, q))), scatter };
}

function withSquares({ form, regression }: Law, terms: LawBend["terms"]): number[][] {
  return regression.rows.map((row) => [...form.design(row), ...squares(terms, row)]);
}

/** Least squares of the whitened optima with a row for each square, which draws it to 0. */
function posterior(law: Law, { terms, scatter }: { terms: LawBend["terms"]; scatter: Scatter }) {
  const white = whitened({ ...observed(law), x: weighed(law, withSquares(law, terms)) }, scatter);
  const first = white.x[0]!.length - terms.length;
  const prior = terms.map(({ sd }, k) => white.x[0]!.map((_, j) => (j === first + k ? 1 / sd : 0)));
  const x = [...white.x, ...prior];
  return { x, fit: leastSquares(x, [...white.y, ...terms.map(() => 0)]) };
}

const known = new WeakMap<LawBend, Clustered | null>();

/**
 * The part of the variance of the bent law at a point that the scatter of optima makes, and its degrees of freedom
 * (Satterthwaite's over trunks, the prior being known): of five batches three are used up by a bend. Null where trunks do
 * not tell it, and for bends of method 4.
 */
export function bentDegrees(bend: LawBend, law: Law, point: LawPoint): Told | null {
  if (!known.has(bend)) known.set(bend, partsOf(bend, law));
  const found = known.get(bend)!;
  if (!found) return null;
  const contrast = transposeTimes(found.rootInverse, [...law.form.design(point), ...squares(bend.terms, point)]);
  const own = found.parts.reduce((sum, part) => sum + quadratic(contrast, part.gram), 0);
  return { own, df: satterthwaite(found.parts, contrast) };
}

function partsOf({ terms, scatter }: LawBend, law: Law): Clustered | null {
  if (!scatter || !law.regression.trunks) return null;
  const { x, fit } = posterior(law, { terms, scatter });
  const trunks = law.regression.rows.map((row) => row.trunkKey);
  // The rows of the prior are no trunks.
  return fit && clusteredCovariance(x.slice(0, trunks.length), fit, trunks);
}

type Law = { form: FormDefinition; regression: Regression };

function weighed({ regression: { rows, scatter } }: Law, x: number[][]): number[][] {
  return scatter ? x : x.map((row, i) => row.map((v) => v * Math.sqrt(rows[i]!.weight)));
}

/** The optima, weighed as the straight law weighs them. */
function observed(law: Law) {
  const { rows, scatter } = law.regression;
  const y = weighed(
    law,
    rows.map((row) => [lnLr(law.form)(row)]),
  ).map(([v]) => v!);
  const variances = rows.map((row) => square(scatter ? row.se : row.floorSe));
  return { y, variances, trunks: rows.map((row) => row.trunkKey) };
}

/** Of curves and trunks about the bent law; about the straight one where there are too few for that. */
function scatterAbout(straight: number[][], bent: number[][], law: Law): Scatter | null {
  const { y, ...rest } = observed(law);
  const free = leastSquares(weighed(law, bent), y);
  const about =
    free && free.df >= LEAST_DF
      ? { x: bent, fit: free }
      : { x: straight, fit: leastSquares(weighed(law, straight), y) };
  if (!about.fit) return null;
  const x = weighed(law, centredColumns(about.x));
  return remlScatter({ ...rest, x, y: about.fit.residuals }, about.fit.variance);
}

/** ln of the rate of the bent law at a point, and its variance. */
export function bentAt(bend: LawBend, form: FormDefinition, point: LawPoint): { center: number; variance: number } {
  const x = [...form.design(point), ...squares(bend.terms, point)];
  return { center: dot(x, bend.coefficients) + form.offset(point), variance: quadratic(x, bend.covariance) };
}

/** A variance that is known with `df` degrees of freedom. */
export type Told = { own: number; df: number };

/** A sum of two (Satterthwaite). */
export function both(p: Told, q: Told): Told {
  const own = p.own + q.own;
  return { own, df: own > 0 ? square(own) / (square(p.own) / p.df + square(q.own) / q.df) : p.df };
}

/** Degrees of freedom of a variance of which only `own` is not known for sure; the rest is the prior's. */
export function degreesOf(variance: number, { own, df }: Told): number {
  const share = variance > 0 ? Math.min(1, own / variance) : 1;
  return Math.min(df / square(share), MOST_DF);
}

/** Half the interval of such a variance. */
export function halfWidth(variance: number, told: Told, level: number): number {
  return tQuantile((1 + level) / 2, degreesOf(variance, told)) * Math.sqrt(variance);
}

function squares(terms: LawBend["terms"], point: LawPoint): number[] {
  return terms.map(({ of, center }) => square(Math.log(regressor(of, point)) - center) / 2);
}
