import { type FittedOptimum, fitStationary, type Range, type Stationary, tokensPerParamOf } from "../fit";
import { dimensionNames, type ParamDefinition, paramsBy } from "../run";
import { timescaleOf } from "./timescale";

/**
 * Law of the best timescale, a fraction of the run, tau = c (T / N)^m: what weight decay, rate, batch and length do
 * together. `law` is in ln tau, with ln(T / N) less `center` as what it goes with; `decays` as the runs say them.
 */
export type TimescaleLaw = {
  /** Null where the tokens per parameter are one, or unknown. */
  m: number | null;
  law: Stationary;
  center: number;
  decays: number[];
};

/** A curve with a timescale at its best rate, as a part of the run; tokens per parameter null where N is unknown. */
export type TimescalePoint<O> = { of: O; timescale: number; tokensPerParam: number | null };

/** Bracketed curves of a fit whose weight decay and sequence length are known, at their best rates. */
export function timescalePoints<O extends FittedOptimum>(
  optima: readonly O[],
  paramDefinition: ParamDefinition,
): TimescalePoint<O>[] {
  return optima.flatMap((of) => {
    if (!of.used || of.status !== "ok" || !of.estimate) return [];
    const timescale = timescaleOf({ ...of.dims, peakLr: of.estimate.lr });
    const tokensPerParam = tokensPerParamOf({ tokens: of.dims.tokens, params: paramsBy(paramDefinition, of.dims) });
    return timescale === null ? [] : [{ of, timescale, tokensPerParam }];
  });
}

/**
 * Timescale of the weights with the least loss, over curves that differ in weight decay, each at its best rate. Null
 * where no curves differ in weight decay alone, or their losses do not bend.
 */
export function fitTimescale(optima: readonly FittedOptimum[], paramDefinition: ParamDefinition): TimescaleLaw | null {
  const read = timescalePoints(optima, paramDefinition);
  const ratios = read.map((p) => p.tokensPerParam);
  const moves = ratios.every((v) => v !== null) && new Set(ratios).size > 1;
  const center = moves ? ratios.reduce((sum, v) => sum! + Math.log(v!), 0)! / ratios.length : 0;
  const law = fitStationary(
    read.map(({ of, timescale, tokensPerParam }) => ({
      cell: butDecay(of),
      trunk: `${of.sizeKey} B${of.dims.batchSeqs} ${of.dims.weightDecay}`,
      x: Math.log(timescale),
      y: Math.log(of.estimate!.loss),
      z: moves ? [1, Math.log(tokensPerParam!) - center] : [1],
    })),
  );
  const decays = [...new Set(read.map(({ of }) => of.dims.weightDecay!))].sort((p, q) => p - q);
  return law && { m: moves ? law.theta[1]! : null, law, center, decays };
}

/** The best timescale as a part of the run, with its 95% interval where it has one. */
export function timescaleAt(
  { law, m, center }: TimescaleLaw,
  tokensPerParam: number,
): { best: number; interval: Range | null } {
  const { best, low, high } = law.at(m === null ? [1] : [1, Math.log(tokensPerParam) - center]);
  const interval = low === null || high === null ? null : { low: Math.exp(low), high: Math.exp(high) };
  return { best: Math.exp(best), interval };
}

/** Everything that tells curves apart but their weight decay. */
function butDecay({ dims, seeds }: FittedOptimum): string {
  const values = dims as Record<string, unknown>;
  return [...dimensionNames.map((d) => (d === "weightDecay" ? "" : String(values[d] ?? ""))), seeds.join()].join("|");
}

/** The run that a weight decay is wanted for; batch in sequences of `seqLen` tokens, `lr` its peak. */
export type DecayPoint = {
  tokens: number;
  batchSeqs: number;
  seqLen: number;
  params: number | null;
  lr: number;
  convention: string | null;
};

/** The weight decay whose timescale is the law's best, with its 95% interval; null where the law needs a size. */
export function predictWeightDecay(
  law: TimescaleLaw,
  point: DecayPoint,
): { weightDecay: number; interval: Range | null; timescale: number } | null {
  const tokensPerParam = tokensPerParamOf(point);
  if (law.m !== null && tokensPerParam === null) return null;
  const { best, interval } = timescaleAt(law, tokensPerParam ?? 1);
  return {
    weightDecay: decayOf(point, best),
    interval: interval && { low: decayOf(point, interval.high), high: decayOf(point, interval.low) },
    timescale: best,
  };
}

/** Weight decay that gives a run its timescale tau, a fraction of the run; independent decay is rate x decay itself. */
export function decayOf({ tokens, batchSeqs, seqLen, lr, convention }: DecayPoint, tau: number): number {
  const perStep = (batchSeqs * seqLen) / (tau * tokens);
  return convention === "independent" ? perStep : perStep / lr;
}
