import tQuantile from "@stdlib/stats-base-dists-t-quantile";
import { interpolate, type Optimum } from "../estimate";
import { type FittedOptimum, type LrFit, predictLr } from "../fit";
import type { FitSettings } from "../fit/settings";
import { square } from "../portable";
import { paramsBy } from "../run";
import { equivalence, MARGIN_LN } from "./check";
import { matchingOf, pairsOf } from "./pairs";

/**
 * How much loss an LR costs on a measured curve, relative to its minimum. Outside the grid it costs at least what the
 * nearest edge does: the loss rises away from an optimum.
 */
export type Regret =
  | { kind: "measured"; value: number }
  | { kind: "diverged" }
  | { kind: "outside-grid"; atLeast: number };

/**
 * The law, and the source's LR copied unchanged, against one optimum of the target. Errors are in ln LR, as `targetSe`
 * and `predictedSe` are, regrets and `floor` fractions of the loss. `half` is half
 * of the 95% interval of the error, whose `place` is within `tolerance`, a factor 1.5, beyond, or neither. `regret` and
 * `floor` are read off the piecewise-linear curve, `fittedRegret` off the parabola of the estimate.
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
  half: number;
  tolerance: number;
  within: boolean;
  place: ReturnType<typeof equivalence>;
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
  const used = target.filter((o) => o.used && o.status === "ok");
  const pairs = pairsOf(source, used, matchingOf([source, used]));
  const copied = new Map(pairs.map((p) => [p.target.key, p.source.estimate!.lr]));
  return used.flatMap((o) => {
    if (!o.estimate) return [];
    const { tokens, batchSeqs, seqLen, weightDecay } = o.dims;
    const params = paramsBy(settings.paramDefinition, o.dims);
    const predicted = predictLr(fit, { tokens, batchSeqs, seqLen, params, weightDecay });
    if (!predicted) return [];
    const { lr: targetLr, se: targetSe } = o.estimate;
    const error = Math.log(predicted.lr / targetLr);
    const half =
      tQuantile(0.975, predicted.df) * Math.sqrt(square(predicted.se) + square(targetSe ?? gridSe(o.gridFactor)));
    const place = equivalence({ low: error - half, high: error + half });
    const copyLr = copied.get(o.key) ?? null;
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
      half,
      tolerance: MARGIN_LN,
      within: place === "within",
      place,
      regret: regretAt(o, predicted.lr),
      floor: own.kind === "measured" ? own.value : 0,
      fittedRegret: fittedRegretAt(o, predicted.lr),
      copyLr,
      copyError: copyLr === null ? null : Math.log(copyLr / targetLr),
      copyRegret: copyLr === null ? null : regretAt(o, copyLr),
    };
  });
}

/**
 * Relative loss above the minimum at `lr`, on straight lines between the measured points in ln LR. What lies above a
 * diverged rate has diverged.
 */
export function regretAt(o: Optimum, lr: number): Regret {
  const sound = o.points.filter((p) => p.loss !== null);
  const [first, last] = [sound[0], sound[sound.length - 1]];
  if (!first || !last) return { kind: "outside-grid", atLeast: 0 };
  const above = (loss: number) => loss / o.argmin!.loss - 1;
  if (lr < first.lr) return { kind: "outside-grid", atLeast: above(first.loss!) };
  if (lr > last.lr) {
    const diverged = o.points[o.points.length - 1]!.lr > last.lr;
    return diverged ? { kind: "diverged" } : { kind: "outside-grid", atLeast: above(last.loss!) };
  }
  const value = interpolate(
    sound.map((p) => Math.log(p.lr)),
    sound.map((p) => p.loss!),
    Math.log(lr),
  );
  return { kind: "measured", value: above(value) };
}

/** What an LR costs at least; null where it diverged, which has no number. */
export function leastRegret(regret: Regret): number | null {
  if (regret.kind === "diverged") return null;
  return regret.kind === "measured" ? regret.value : regret.atLeast;
}

function fittedRegretAt(o: Optimum, lr: number): number | null {
  const estimate = o.estimate;
  if (!estimate?.curvature || regretAt(o, lr).kind !== "measured") return null;
  return (0.5 * estimate.curvature * square(Math.log(lr / estimate.lr))) / estimate.loss;
}

/** Sd of a best LR known only to lie within one step of the grid (uniform), in ln. */
function gridSe(gridFactor: number): number {
  return Math.log(gridFactor) / Math.sqrt(12);
}
