import tQuantile from "@stdlib/stats-base-dists-t-quantile";
import { square } from "../portable";
import { type FormDefinition, type FormWords, type LawPoint, regressor } from "./forms";
import { dot, leastSquares, quadratic } from "./linear";
import { remlScatter, whitened } from "./mixed";
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
};

/**
 * Second derivatives of ln eta that laws are found to have, per e-fold: along the batch -0.154 over the 157 curves of
 * Step Law's grid (exponent 0.609 up to a batch of 128, 0.186 from there on) and 0.160 +- 0.074 over the quickstart's
 * 40; along tokens 0.025 +- 0.063 there, too little to tell, so that 0.05 is an assumption, as it is of size and compute.
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
  const white = whitenedBy(
    straight,
    straight.map((x, i) => [...x, ...squares(terms, rows[i]!)]),
    { form, regression },
  );
  if (!white) return null;
  const first = straight[0]!.length;
  const prior = terms.map(({ sd }, k) => white.x[0]!.map((_, j) => (j === first + k ? 1 / sd : 0)));
  const fit = leastSquares([...white.x, ...prior], [...white.y, ...terms.map(() => 0)]);
  if (!fit) return null;
  const { coefficients, rootInverse } = fit;
  return { terms, coefficients, covariance: rootInverse.map((p) => rootInverse.map((q) => dot(p, q))) };
}

type Law = { form: FormDefinition; regression: Regression };

/**
 * The bent law's observations by the scatter of curves and trunks about it; about the straight one where there are too
 * few for that.
 */
function whitenedBy(straight: number[][], bent: number[][], { form, regression: { rows, scatter } }: Law) {
  const weights = rows.map((row) => (scatter ? 1 : Math.sqrt(row.weight)));
  const weighed = (x: number[][]) => x.map((row, i) => row.map((v) => v * weights[i]!));
  const y = rows.map((row, i) => lnLr(form)(row) * weights[i]!);
  const trunks = rows.map((row) => row.trunkKey);
  const variances = rows.map((row) => square(scatter ? row.se : row.floorSe));
  const free = leastSquares(weighed(bent), y);
  const law =
    free && free.df >= LEAST_DF ? { x: bent, fit: free } : { x: straight, fit: leastSquares(weighed(straight), y) };
  if (!law.fit) return null;
  const residuals = { x: weighed(centredColumns(law.x)), y: law.fit.residuals, variances, trunks };
  return whitened({ x: weighed(bent), y, variances, trunks }, remlScatter(residuals, law.fit.variance));
}

/** ln of the rate of the bent law at a point, and its variance. */
export function bentAt(bend: LawBend, form: FormDefinition, point: LawPoint): { center: number; variance: number } {
  const x = [...form.design(point), ...squares(bend.terms, point)];
  return { center: dot(x, bend.coefficients) + form.offset(point), variance: quadratic(x, bend.covariance) };
}

/**
 * Half the interval of a variance of which `own` is known with `df` degrees of freedom alone, and the rest, which is the
 * prior's, is known (Satterthwaite).
 */
export function halfWidth(variance: number, own: number, df: number, level: number): number {
  const share = variance > 0 ? Math.min(1, own / variance) : 1;
  return tQuantile((1 + level) / 2, Math.min(df / square(share), MOST_DF)) * Math.sqrt(variance);
}

function squares(terms: LawBend["terms"], point: LawPoint): number[] {
  return terms.map(({ of, center }) => square(Math.log(regressor(of, point)) - center) / 2);
}
