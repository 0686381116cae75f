import { type FittedOptimum, fitStationary, type Range, type Stationary, tokensPerParamOf } from "../fit";
import { dimensionNames, type ParamDefinition, paramsBy } from "../run";
import { timescaleOf } from "./timescale";

/** Law of the best timescale, tau = c (T / N)^m: what weight decay, rate, batch and length do together. */
export type TimescaleLaw = {
  /** Null where the tokens per parameter are one, or unknown. */
  m: number | null;
  law: Stationary;
  center: number;
  decays: number[];
};

/**
 * Timescale of the weights with the least loss, over curves that differ in weight decay, each at its best rate. Null
 * where no curves differ in weight decay alone, or their losses do not bend.
 */
export function fitTimescale(optima: readonly FittedOptimum[], paramDefinition: ParamDefinition): TimescaleLaw | null {
  const read = optima.flatMap((o) => {
    if (!o.used || o.status !== "ok" || !o.estimate) return [];
    const tau = timescaleOf({ ...o.dims, peakLr: o.estimate.lr });
    const tpp = tokensPerParamOf({ tokens: o.dims.tokens, params: paramsBy(paramDefinition, o.dims) });
    return tau === null ? [] : [{ o, tau, tpp }];
  });
  const ratios = read.map(({ tpp }) => tpp);
  const moves = ratios.every((v) => v !== null) && new Set(ratios).size > 1;
  const center = moves ? ratios.reduce((sum, v) => sum! + Math.log(v!), 0)! / ratios.length : 0;
  const law = fitStationary(
    read.map(({ o, tau, tpp }) => ({
      cell: butDecay(o),
      trunk: `${o.sizeKey} B${o.dims.batchSeqs} ${o.dims.weightDecay}`,
      x: Math.log(tau),
      y: Math.log(o.estimate!.loss),
      z: moves ? [1, Math.log(tpp!) - center] : [1],
    })),
  );
  const decays = [...new Set(read.map(({ o }) => o.dims.weightDecay!))].sort((p, q) => p - q);
  return law && { m: moves ? law.theta[1]! : null, law, center, decays };
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
  { law, m, center }: TimescaleLaw,
  point: DecayPoint,
): { weightDecay: number; interval: Range | null; timescale: number } | null {
  const tpp = tokensPerParamOf(point);
  if (m !== null && tpp === null) return null;
  const { best, low, high } = law.at(m === null ? [1] : [1, Math.log(tpp!) - center]);
  const interval =
    low === null || high === null ? null : { low: decayOf(point, Math.exp(high)), high: decayOf(point, Math.exp(low)) };
  return { weightDecay: decayOf(point, Math.exp(best)), interval, timescale: Math.exp(best) };
}

/** Weight decay that gives a run its timescale tau, a fraction of the run; independent decay is rate x decay itself. */
export function decayOf({ tokens, batchSeqs, seqLen, lr, convention }: DecayPoint, tau: number): number {
  const perStep = (batchSeqs * seqLen) / (tau * tokens);
  return convention === "independent" ? perStep : perStep / lr;
}
