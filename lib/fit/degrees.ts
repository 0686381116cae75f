import { type Clustered, clusteredCovariance } from "./clustered";
import type { FormDefinition } from "./forms";
import { leastSquares } from "./linear";
import { whitened } from "./mixed";
import { lnLr, type Regression } from "./regression";

const known = new WeakMap<Regression, Clustered | null>();

/**
 * Degrees of freedom of Student's t for x'coefficients of a fitted law: Satterthwaite's over its trunks, or those of
 * the whole regression where its covariance takes optima for independent.
 */
export function degreesAt(form: FormDefinition, regression: Regression, x: readonly number[]): number {
  return clustersOf(form, regression)?.df(x) ?? regression.df;
}

/** The clusters of a fitted law, from its rows; null where its covariance takes optima for independent. */
export function clustersOf(form: FormDefinition, regression: Regression): Clustered | null {
  if (!regression.trunks) return null;
  if (!known.has(regression)) known.set(regression, computed(form, regression));
  return known.get(regression)!;
}

function computed(form: FormDefinition, { rows, scatter }: Regression): Clustered | null {
  const x = rows.map((row) => form.design(row));
  const y = rows.map(lnLr(form));
  const trunks = rows.map((row) => row.trunkKey);
  const variances = rows.map((row) => row.se * row.se);
  const white = scatter ? whitened({ x, y, trunks, variances }, scatter) : { x, y };
  const weights = scatter ? undefined : rows.map((row) => row.weight);
  const fit = leastSquares(white.x, white.y, weights);
  return fit && clusteredCovariance(white.x, fit, trunks);
}
