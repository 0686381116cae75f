import { interpolate, type Optimum } from "../estimate";
import { type FittedOptimum, type LrFit, predictLr } from "../fit";
import type { FitSettings } from "../fit/settings";
import { square } from "../portable";
import { anyParams, paramsBy } from "../run";

/** How much loss an LR costs on a measured curve, relative to its minimum. */
export type Regret = { kind: "measured"; value: number } | { kind: "diverged" } | { kind: "outside-grid" };

/**
 * The law, and the source's LR copied unchanged, against one optimum of the target. Errors are in ln LR.
 * `regret` and `floor` are read off the piecewise-linear curve, `fittedRegret` off the parabola of the estimate.
 */
export type TargetCell = {
  key: string;
  tokens: number;
  batchSeqs: number;
  params: number | null;
  targetLr: number;
  targetSe: number | null;
  predictedLr: number;
  predictedSe: number;
  error: number;
  tolerance: number;
  within: boolean;
  regret: Regret;
  floor: number;
  fittedRegret: number | null;
  copyLr: number | null;
  copyError: number | null;
  copyRegret: Regret | null;
};

/** Compares a law with every used optimum of the target; `source` are the optima an LR can be copied from. */
export function targetCells(
  fit: LrFit,
  source: readonly Optimum[],
  target: readonly FittedOptimum[],
  settings: FitSettings,
): TargetCell[] {
  return target.flatMap((o) => {
    if (!o.used || !o.estimate) return [];
    const { tokens, batchSeqs, seqLen } = o.dims;
    const params = paramsBy(settings.paramDefinition, o.dims);
    const predicted = predictLr(fit, { tokens, batchSeqs, seqLen, params });
    if (!predicted) return [];
    const { lr: targetLr, se: targetSe } = o.estimate;
    const step = Math.log(o.gridFactor);
    const error = Math.log(predicted.lr / targetLr);
    const tolerance = Math.max(step / 2, 1.96 * Math.hypot(predicted.se, targetSe ?? 0));
    const copyLr = matching(source, o)?.estimate?.lr ?? null;
    const own = regretAt(o, targetLr);
    return {
      key: o.key,
      tokens,
      batchSeqs,
      params,
      targetLr,
      targetSe,
      predictedLr: predicted.lr,
      predictedSe: predicted.se,
      error,
      tolerance,
      within: Math.abs(error) <= tolerance,
      regret: regretAt(o, predicted.lr),
      floor: own.kind === "measured" ? own.value : 0,
      fittedRegret: fittedRegretAt(o, predicted.lr),
      copyLr,
      copyError: copyLr === null ? null : Math.log(copyLr / targetLr),
      copyRegret: copyLr === null ? null : regretAt(o, copyLr),
    };
  });
}

/** The optimum of the source at the same tokens, batch and context; of several sizes the largest. */
export function matching(source: readonly Optimum[], target: Optimum): Optimum | null {
  const same = source.filter(
    (o) =>
      o.estimate !== null &&
      o.dims.tokens === target.dims.tokens &&
      o.dims.batchSeqs === target.dims.batchSeqs &&
      o.dims.seqLen === target.dims.seqLen,
  );
  const size = (o: Optimum) => anyParams(o.dims) ?? 0;
  return same.reduce<Optimum | null>((best, o) => (best === null || size(o) > size(best) ? o : best), null);
}

/** Relative loss above the minimum at `lr`, on straight lines between the measured points in ln LR. */
export function regretAt(o: Optimum, lr: number): Regret {
  const sound = o.points.filter((p) => p.loss !== null);
  const last = sound[sound.length - 1];
  if (!last || lr < o.points[0]!.lr || lr > o.points[o.points.length - 1]!.lr) return { kind: "outside-grid" };
  if (lr > last.lr) return { kind: "diverged" };
  if (lr < sound[0]!.lr) return { kind: "outside-grid" };
  const value = interpolate(
    sound.map((p) => Math.log(p.lr)),
    sound.map((p) => p.loss!),
    Math.log(lr),
  );
  return { kind: "measured", value: value / o.argmin!.loss - 1 };
}

function fittedRegretAt(o: Optimum, lr: number): number | null {
  const estimate = o.estimate;
  if (!estimate?.curvature || regretAt(o, lr).kind !== "measured") return null;
  return (0.5 * estimate.curvature * square(Math.log(lr / estimate.lr))) / estimate.loss;
}
