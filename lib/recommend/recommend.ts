import { NEAR_OPTIMAL } from "../estimate";
import {
  bootstrapBand,
  expectedRegret,
  type FitResult,
  knowsSize,
  type LawPoint,
  type LrFit,
  plateauOfShape,
  powerLawAt,
  predictLr,
  type Range,
  shapeFor,
} from "../fit";
import { median } from "../fit/linear";
import type { ParamDefinition } from "../run";
import { kneeTokens, PAPER_AMPLITUDE_RATIO, powerFromFit, type Schedule } from "../schedule";
import type { FormAdvice, PowerAdvice, RecommendationWarning, WsdAdvice } from "./advice";
import {
  type BatchReading,
  type BestBatch,
  bestBatchOf,
  commonSeqLen,
  farFromBest,
  isNearBest,
  lawBatch,
} from "./batch";
import { type BatchAdvice, batchAdvice, type NoBatchAdvice } from "./batch-advice";
import { type ClassRate, classRates } from "./class-rates";
import { distancesOf, type TargetDistance } from "./distance";
import { lawRecipe } from "./law-recipe";
import { type LawPicture, pictureOf } from "./picture";
import type { RecommendationTarget } from "./target";
import { type Timescale, timescales } from "./timescale";
import { recommendationWarnings, type TransferSummary } from "./warnings";
import { type NoWeightDecayAdvice, type WeightDecayAdvice, weightDecayAdvice } from "./weight-decay-advice";

/** Advice for a target; rates are peak learning rates of the base width under muP, batches in sequences. */
export type Recommendation = {
  target: RecommendationTarget;
  wsd: WsdAdvice | null;
  power: PowerAdvice | null;
  /** Why there is no power schedule, or no WSD peak. */
  missing: string[];
  /** Best batch in tokens, for laws that leave the batch out. */
  bestBatchTokens: number | null;
  /** The same peak under the other reading of the batch, where the two differ. */
  otherReading: { batchReading: "sequences" | "tokens"; peakLr: number } | null;
  schedule: Schedule | null;
  warmupTokens: number;
  decayTokens: number | null;
  classes: ClassRate[];
  warnings: RecommendationWarning[];
  /** How far the target lies from the data, by dimension; left out by earlier versions. */
  distances?: TargetDistance[];
  /** What the other forms say about the target, where they were asked. */
  forms?: FormAdvice[];
  /**
   * Of the weights, for a WSD run; left out by earlier versions, like `paramDefinition`, which `target.params` is by.
   */
  timescale?: Timescale | null;
  /** Beside the rate; left out by earlier versions. */
  batch?: BatchAdvice | NoBatchAdvice;
  weightDecay?: WeightDecayAdvice | NoWeightDecayAdvice | null;
  /** The law with the target on it; null without a peak. */
  picture?: LawPicture | null;
  /** What the law rests on: `runs` and `optima` are their numbers. */
  evidence: {
    form: string;
    equation: string;
    inputHash: string;
    runs: number;
    optima: number;
    paramDefinition?: ParamDefinition;
    /** Of which method the fit is (lib/fit/method.ts). */
    method?: number;
  };
};

const DEFAULT_WARMUP_FRACTION = 0.01;
const PAPER_WARMUP_TOKENS = 1e9;
/** Resamples behind an interval, where the fit has none of its own. */
const RESAMPLES = 1000;
const WARMUP_STEPS_OF_UNKNOWN_LENGTH = 2000;

/**
 * Advice for a target from a fitted learning-rate law. Null if the fit has no such law. A parametrization and a base width
 * that the target leaves out are those of the law's runs.
 */
export function recommend(
  result: FitResult,
  asked: RecommendationTarget,
  transfer: readonly TransferSummary[] = [],
): Recommendation | null {
  const fit = result.fit?.kind === "lr" ? result.fit : null;
  if (!fit) return null;
  const recipe = lawRecipe(result);
  const target = {
    ...asked,
    parametrization: asked.parametrization ?? recipe.parametrization,
    baseWidth: asked.baseWidth ?? recipe.baseWidth,
  };
  const sweepSeqLen = commonSeqLen(result);
  const law = { fit, result, target, sweepSeqLen };
  const { lawBatchSeqs, bestBatch } = batchBy(target.batchReading, law);
  const wsd = bestBatch === null || isNearBest(bestBatch) ? wsdAdvice(law, lawBatchSeqs) : null;
  const power = powerAdvice(law, lawBatchSeqs);
  const { otherReading, otherPower } = otherAdvice(law);
  const warmupTokens = warmupOf(target);
  const point = lawPoint(law, lawBatchSeqs);
  const distances = distancesOf(fit, result, target, { lawBatchSeqs, sweepSeqLen });
  const timescale = wsd && target.schedule === "wsd" ? timescales(result, target, wsd.peakLr) : null;
  const schedule = scheduleOf(target, wsd, power, warmupTokens);
  return {
    target,
    wsd,
    power,
    missing: missingParts({ fit, target, wsd, power, bestBatch }),
    bestBatchTokens: bestBatch?.unit === "tokens" ? bestBatch.best : null,
    otherReading,
    schedule,
    warmupTokens,
    decayTokens: target.tokens === null ? null : target.decayFraction * target.tokens,
    classes: schedule ? classRates(target, schedule.peakLr) : [],
    warnings: recommendationWarnings({
      ...{ result, target, wsd, power, otherReading, otherPower, bestBatch, timescale, sweepSeqLen, transfer },
      distances,
    }),
    distances,
    timescale,
    batch: batchAdvice(result, target),
    weightDecay: wsd && timescale && weightDecayAdvice(result, fit, target, { peakLr: wsd.peakLr, timescale }),
    picture: wsd && point && pictureOf(fit, point),
    evidence: {
      form: fit.form,
      equation: fit.regression.equation,
      inputHash: result.inputHash,
      runs: result.runIds.length,
      optima: fit.regression.n,
      paramDefinition: fit.paramDefinition,
      method: result.method,
    },
  };
}

type Law = { fit: LrFit; result: FitResult; target: RecommendationTarget; sweepSeqLen: number | null };

/** The target's batch as a law reads it, and the best one of a law that leaves the batch out. */
function batchBy(reading: BatchReading, { fit, target, sweepSeqLen }: Law) {
  const lawBatchSeqs = lawBatch(target, reading, sweepSeqLen);
  return { lawBatchSeqs, bestBatch: bestBatchOf(fit, target, { lawBatchSeqs, sweepSeqLen }) };
}

/** The same under the other reading of the batch, where the sequence lengths differ. */
function otherAdvice(law: Law): { otherReading: Recommendation["otherReading"]; otherPower: PowerAdvice | null } {
  const { target, sweepSeqLen } = law;
  if (sweepSeqLen === null || sweepSeqLen === target.seqLen) return { otherReading: null, otherPower: null };
  const batchReading = target.batchReading === "sequences" ? "tokens" : "sequences";
  const { lawBatchSeqs, bestBatch } = batchBy(batchReading, law);
  const isOfThisBatch = bestBatch === null || isNearBest(bestBatch);
  const point = lawPoint(law, lawBatchSeqs);
  const predicted = isOfThisBatch && point && predictLr(law.fit, point);
  return {
    otherReading: predicted && isBounded(predicted.lr) ? { batchReading, peakLr: predicted.lr } : null,
    otherPower: powerAdvice(law, lawBatchSeqs),
  };
}

/** The target as the law reads it; null without a length. A batch that is converted is of the sweep's sequences. */
function lawPoint({ target, sweepSeqLen }: Law, batchSeqs: number): LawPoint | null {
  const { tokens, params, weightDecay } = target;
  const seqLen = batchSeqs === target.batchSeqs ? target.seqLen : sweepSeqLen;
  return tokens === null ? null : { tokens, batchSeqs, params, seqLen, weightDecay };
}

function wsdAdvice(law: Law, batchSeqs: number): WsdAdvice | null {
  const { fit, result } = law;
  const point = lawPoint(law, batchSeqs);
  const predicted = point && predictLr(fit, point);
  if (!predicted) return null;
  const { lr, confidence, prediction, straight, extrapolation } = predicted;
  if (![lr, confidence, prediction].every(isBounded)) return null;
  const resampling = { ...result.settings, bootstrap: result.settings.bootstrap || RESAMPLES };
  const [band = null] = bootstrapBand(fit, resampling, [point]) ?? [];
  const bootstrap = band && isBounded(band) ? band : null;
  const interval = bootstrap && ratio(bootstrap) > ratio(confidence) ? bootstrap : confidence;
  return {
    ...{ peakLr: lr, interval, confidence, bootstrap, prediction, extrapolation },
    ...(straight && { straight }),
    plateau: plateauAround(lr, result),
    regret: expectedRegret(result, lr, point),
  };
}

const ratio = ({ low, high }: Range) => high / low;

/** Whether a rate or an interval is positive and finite: few optima far from the target leave every number possible. */
function isBounded(of: number | Range): boolean {
  const [low, high] = typeof of === "number" ? [of, of] : [of.low, of.high];
  return low > 0 && Number.isFinite(high);
}

/**
 * The plateau of the shape that the curves of a surface share; else the median one of the used curves, moved to a new
 * LR. Null where it has no end on a side, or no curve has a closed one.
 */
function plateauAround(lr: number, result: FitResult): Range | null {
  const shape = shapeFor(result);
  if (shape) {
    const { low, high } = plateauOfShape(shape, lr, NEAR_OPTIMAL);
    return low === null || high === null ? null : { low, high };
  }
  const closed = result.optima.flatMap((o) => {
    const { low, high } = o.plateau ?? { low: null, high: null };
    return o.used && o.estimate && low !== null && high !== null
      ? [{ low: low / o.estimate.lr, high: high / o.estimate.lr }]
      : [];
  });
  if (closed.length === 0) return null;
  return { low: lr * median(closed.map((p) => p.low)), high: lr * median(closed.map((p) => p.high)) };
}

function powerAdvice({ fit, target, sweepSeqLen }: Law, lawBatchSeqs: number): PowerAdvice | null {
  const seqLen = lawBatchSeqs === target.batchSeqs ? target.seqLen : sweepSeqLen;
  const { params, weightDecay } = target;
  const law = powerLawAt(fit, { batchSeqs: lawBatchSeqs, params, seqLen, weightDecay });
  if (!law || !(law.b < 0) || !Number.isFinite(law.a)) return null;
  const amplitudeRatio = target.amplitudeRatio ?? PAPER_AMPLITUDE_RATIO;
  // a multiplies the target's own batch, whatever the law counts the batch in.
  const a = (law.a * lawBatchSeqs) / target.batchSeqs;
  const power = powerFromFit({ a, b: law.b }, { cap: target.cap ?? fit.largestLr, amplitudeRatio });
  const knee = kneeTokens(power, target.batchSeqs);
  // An exponent of almost 0 puts the knee beyond any number: that is no schedule.
  return Number.isFinite(knee) ? { ...power, amplitudeRatio, kneeTokens: knee } : null;
}

/** Asked for, else 1% of the run but at most the paper's 1B tokens; whole steps, and never into the decay. */
function warmupOf(target: RecommendationTarget): number {
  const step = target.batchSeqs * target.seqLen;
  const wanted =
    target.warmupTokens ??
    Math.min(
      PAPER_WARMUP_TOKENS,
      target.tokens === null ? WARMUP_STEPS_OF_UNKNOWN_LENGTH * step : DEFAULT_WARMUP_FRACTION * target.tokens,
    );
  const room = target.tokens === null ? Number.POSITIVE_INFINITY : (1 - target.decayFraction) * target.tokens;
  return Math.min(Math.round(wanted / step), Math.floor(room / step)) * step;
}

function scheduleOf(
  target: RecommendationTarget,
  wsd: WsdAdvice | null,
  power: PowerAdvice | null,
  warmupTokens: number,
): Schedule | null {
  const { decayFraction, decayShape } = target;
  const shared = { warmupTokens, decayFraction, decayShape, finalLrFraction: 0 };
  if (target.schedule === "power") {
    return power ? { kind: "power", peakLr: power.cap, a: power.a, b: power.b, ...shared } : null;
  }
  return wsd ? { kind: "wsd", peakLr: wsd.peakLr, a: 4, b: -0.51, ...shared } : null;
}

type Parts = Pick<Recommendation, "target" | "wsd" | "power"> & { fit: LrFit; bestBatch: BestBatch | null };

function missingParts({ fit, target, wsd, power, bestBatch }: Parts): string[] {
  const missing: string[] = [];
  if (!wsd) missing.push(noPeak(fit, target, bestBatch));
  if (!power) {
    const { batchSeqs, params, seqLen, weightDecay } = target;
    const law = powerLawAt(fit, { batchSeqs, params, seqLen, weightDecay });
    missing.push(
      law && law.b >= 0
        ? `The fitted exponent of T is ${law.b.toFixed(2)}; a power schedule needs a negative one.`
        : law
          ? "The law has no finite amplitude here."
          : "This form does not hold the batch fixed (or needs the model size), so it gives no power schedule. Use one of the power forms.",
    );
  }
  return missing;
}

function noPeak(fit: LrFit, target: RecommendationTarget, bestBatch: BestBatch | null): string {
  if (target.tokens === null)
    return "A WSD peak depends on the length of the run, which is unknown; use the power schedule, or give the tokens.";
  if (target.weightDecay === 0 && fit.step)
    return "This law gives the rate by the timescale of the weights, which have none without weight decay; give the target's, or take another form.";
  if (target.params === null && knowsSize(fit))
    return "This law depends on the model size; give the parameter count of the target.";
  if (bestBatch && !isNearBest(bestBatch)) return farFromBest(bestBatch, target);
  return "The optima do not determine the rate at this target: its interval has no end that a number holds. Add runs nearer to the target.";
}
