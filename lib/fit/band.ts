import { type LawPoint, lrForms } from "./forms";
import { dot } from "./linear";
import type { LrFit } from "./lr-fit";
import { percentileInterval } from "./random";
import { resampledCoefficients } from "./regression";
import type { FitSettings } from "./settings";

/**
 * 95% band of the law itself at some points, by bootstrap over (size, tokens) cells: percentiles of the laws of the
 * resamples, from the same draws as the intervals of the coefficients. Null where no resample gives a law.
 */
export function bootstrapBand(
  fit: LrFit,
  settings: FitSettings,
  points: readonly LawPoint[],
): ({ low: number; high: number } | null)[] {
  const definition = lrForms[fit.form];
  const laws = resampledCoefficients(definition, fit.regression.rows, settings);
  return points.map((point) => {
    const x = definition.design(point);
    const offset = definition.offset(point);
    const band = percentileInterval(laws.map((law) => dot(x, law) + offset).filter(Number.isFinite));
    return band && { low: Math.exp(band.low), high: Math.exp(band.high) };
  });
}
