import type { FitResult, LrFit, Range } from "../fit";
import { type DecayPoint, decayOf, fitTimescale, predictWeightDecay } from "../weight-decay";
import { knownOnce } from "./law-recipe";
import type { RecommendationTarget } from "./target";
import type { Timescale } from "./timescale";

/**
 * Weight decay that goes with the peak. `measured`: of the least loss over several decays, with a 95% interval. `kept`:
 * decays by which the timescale of the weights stays that of the sweep, whose decays tell no best one.
 */
export type WeightDecayAdvice = {
  source: "measured" | "kept";
  /** As an optimizer takes it, by `convention`, like `interval`; of `kept` the decay of target or sweep. */
  weightDecay: number | null;
  interval: Range | null;
  /** tau = batch / (LR x weight decay x tokens), a fraction of the run: at `weightDecay`. */
  timescale: number | null;
  /** "independent" decays are rate x decay already; others are multiplied by the rate. */
  convention: string | null;
  /** How many different decays the sweep had. */
  decays: number;
};

export type NoWeightDecayAdvice = { reason: string };

/** Null without a peak or a length: then there is nothing that weight decay could go with. */
export function weightDecayAdvice(
  result: FitResult,
  fit: LrFit,
  target: RecommendationTarget,
  { peakLr, timescale }: { peakLr: number; timescale: Timescale },
): WeightDecayAdvice | NoWeightDecayAdvice | null {
  if (target.tokens === null) return null;
  const dims = result.optima.filter((o) => o.used).map((o) => o.dims);
  const convention = knownOnce(dims.map((d) => d.weightDecayConvention));
  const { batchSeqs, seqLen, params, tokens } = target;
  const point: DecayPoint = { tokens, batchSeqs, seqLen, params, lr: peakLr, convention };
  const law = fitTimescale(result.optima, fit.paramDefinition);
  const decays = new Set(dims.flatMap((d) => d.weightDecay ?? [])).size;
  const measured = law && predictWeightDecay(law, point);
  if (measured) return { source: "measured", ...measured, convention, decays };
  if (law) return { reason: NEEDS_SIZE };
  if (timescale.sweep === null) return { reason: missing(dims) };
  return {
    source: "kept",
    weightDecay: timescale.weightDecay,
    interval: { low: decayOf(point, timescale.sweep.high), high: decayOf(point, timescale.sweep.low) },
    timescale: timescale.target,
    convention,
    decays,
  };
}

const NEEDS_SIZE = "The best decay goes with the tokens per parameter; give the parameter count of the target.";

function missing(dims: FitResult["optima"][number]["dims"][]): string {
  const decays = dims.map((d) => d.weightDecay ?? null);
  if (decays.every((v) => v === null)) return "The runs do not say their weight decay: map it to have advice on it.";
  if (decays.every((v) => v === null || v === 0)) return "The runs have no weight decay, so no best one is known.";
  return "The runs do not say their sequence length, without which a step's tokens are unknown.";
}
