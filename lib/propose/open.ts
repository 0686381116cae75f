import { SAME_TOKENS } from "../estimate";
import { type FitSketch, type FittedOptimum, type LawPoint, type LrFit, predictLr, runsFor } from "../fit";
import { paramsBy, type RunPoint } from "../run";

/** Curves that runs under way will make surer: `precision` is 1 / variance of the optimum's ln LR that they add. */
export type OpenCurve = { point: LawPoint; seed: number; precision: number };

/** 1 / variance of an optimum's ln LR from rates at ln distances from it; 0 where they show no slope. */
export type PrecisionOf = (offsets: readonly number[]) => number;

/**
 * What queued and running runs of a project will tell of their curves, beside the rates there that have a loss already.
 * `counted` are the runs that add something: those the fit's settings let through, whose rate, batch and length (and
 * size, where the law knows it) are known, and that with others make two rates of a curve.
 */
export function openCurves(
  result: Pick<FitSketch, "settings" | "optima">,
  fit: LrFit,
  runs: readonly RunPoint[],
  precisionOf: PrecisionOf,
): { curves: OpenCurve[]; counted: number } {
  const places = new Map<string, { point: LawPoint; seed: number; rates: number[] }>();
  for (const run of runsFor(runs, result.settings)) {
    const point = placeOf(run, fit, result);
    if (!point) continue;
    const seed = run.seed ?? 1;
    const key = `${point.params} ${point.batchSeqs} ${point.tokens} ${seed}`;
    const place = places.get(key);
    if (place) place.rates.push(run.peakLr);
    else places.set(key, { point, seed, rates: [run.peakLr] });
  }
  const curves: OpenCurve[] = [];
  let counted = 0;
  for (const { point, seed, rates } of places.values()) {
    const predicted = predictLr(fit, point);
    if (!predicted) continue;
    const offsets = (of: readonly number[]) => [...new Set(of)].map((lr) => Math.log(lr / predicted.lr));
    const there = ratesAt(result.optima, fit, point, seed);
    const precision = precisionOf(offsets([...there, ...rates])) - precisionOf(offsets(there));
    if (!(precision > 0 && Number.isFinite(precision))) continue;
    counted += rates.length;
    curves.push({ point, seed, precision });
  }
  return { curves, counted };
}

/** Where a run trains, with the length that a curve has there; null where a part of it is unknown or not in the fit. */
function placeOf(
  run: RunPoint,
  fit: LrFit,
  { optima, settings: { sizes } }: Pick<FitSketch, "settings" | "optima">,
): LawPoint | null {
  const { batchSeqs, seqLen, weightDecay } = run;
  const params = paramsBy(fit.paramDefinition, run);
  const known = [run.peakLr, batchSeqs, run.tokens].every((v) => v > 0 && Number.isFinite(v));
  if (!known || (params === null && fit.ranges.params !== null)) return null;
  if (sizes !== null && !fit.regression.rows.some((row) => row.params === params)) return null;
  const near = optima.find(({ dims }) => {
    const ratio = run.tokens / dims.tokens;
    return ratio < SAME_TOKENS && ratio > 1 / SAME_TOKENS;
  });
  return { tokens: near?.dims.tokens ?? run.tokens, batchSeqs, params, seqLen, weightDecay };
}

/** Rates of one seed's curve that have a loss. */
function ratesAt(optima: readonly FittedOptimum[], fit: LrFit, { params, batchSeqs, tokens }: LawPoint, seed: number) {
  return optima.flatMap(({ dims, seeds, points, used }) => {
    const isHere =
      dims.batchSeqs === batchSeqs && dims.tokens === tokens && paramsBy(fit.paramDefinition, dims) === params;
    if (!used || !isHere || !seeds.some((s) => (s ?? 1) === seed)) return [];
    return points.filter((p) => p.loss !== null).map((p) => p.lr);
  });
}
