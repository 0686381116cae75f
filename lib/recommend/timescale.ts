import type { FitResult, Range } from "../fit";
import { timescaleOf } from "../weight-decay";
import { knownOnce } from "./law-recipe";
import type { RecommendationTarget } from "./target";

/** Beyond this factor outside the sweep a timescale is warned of. */
export const TIMESCALE_LIMIT = 2;

/** The target's timescale beside those of the law's optima, as fractions of the run; null is unknown. */
export type Timescale = { target: number | null; sweep: Range | null; weightDecay: number | null };

/**
 * Of a WSD run: a Power schedule has no one rate. A target that does not say its weight decay has that of the sweep.
 */
export function timescales(result: FitResult, target: RecommendationTarget, peakLr: number): Timescale {
  const used = result.optima.filter((o) => o.used);
  const taus = used.flatMap((o) => {
    const lr = o.estimate?.lr ?? o.argmin?.lr;
    const tau = lr === undefined ? null : timescaleOf({ ...o.dims, peakLr: lr });
    return tau === null ? [] : [tau];
  });
  const weightDecay = target.weightDecay ?? knownOnce(used.map((o) => o.dims.weightDecay));
  const weightDecayConvention = knownOnce(used.map((o) => o.dims.weightDecayConvention));
  const { tokens, batchSeqs, seqLen } = target;
  return {
    target:
      tokens === null ? null : timescaleOf({ peakLr, batchSeqs, seqLen, tokens, weightDecay, weightDecayConvention }),
    sweep: taus.length > 0 ? { low: Math.min(...taus), high: Math.max(...taus) } : null,
    weightDecay,
  };
}
