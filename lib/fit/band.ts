import { clustersOf } from "./degrees";
import type { LawPoint } from "./forms";
import { dot, quadratic } from "./linear";
import { formOf, type LrFit } from "./lr-fit";
import type { FitSettings } from "./settings";
import { BOOTSTRAP_TRUNKS, wildDraws, wildHalf } from "./wild-bootstrap";

/**
 * 95% band of the law itself at some points, by bootstrap over its trunks, from the same draws as the intervals of the
 * coefficients. Null where there are no draws.
 */
export function bootstrapBand(
  fit: LrFit,
  settings: FitSettings,
  points: readonly LawPoint[],
): ({ low: number; high: number } | null)[] | null {
  const definition = formOf(fit);
  const clusters = clustersOf(definition, fit.regression);
  if (!clusters || clusters.clusters < BOOTSTRAP_TRUNKS || settings.bootstrap === 0) return null;
  const draws = wildDraws(clusters, settings.bootstrap, settings.seed);
  const law = fit.regression.coefficients.map((c) => c.value);
  return points.map((point) => {
    const x = definition.design(point);
    const center = dot(x, law) + definition.offset(point);
    const half = wildHalf(draws, clusters, x, Math.sqrt(quadratic(x, fit.regression.covariance)));
    return half === null || !Number.isFinite(center)
      ? null
      : { low: Math.exp(center - half), high: Math.exp(center + half) };
  });
}
