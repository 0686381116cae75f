import {
  batchUnit,
  bootstrapBand,
  type FitResult,
  type LrFit,
  lrForms,
  powerLawAt,
  predictBatchTokens,
  predictLr,
  type Range,
} from "../fit";
import { median } from "../fit/linear";
import { kneeTokens, PAPER_AMPLITUDE_RATIO, powerFromFit, type Schedule } from "../schedule";
import type { FormAdvice, PowerAdvice, WsdAdvice } from "./advice";
import { type ClassRate, classRates } from "./class-rates";
import { distancesOf, type TargetDistance } from "./distance";
import type { RecommendationTarget } from "./target";
import { type RecommendationWarning, recommendationWarnings, type TransferSummary } from "./warnings";

export type Recommendation = {
  target: RecommendationTarget;
  wsd: WsdAdvice | null;
  power: PowerAdvice | null;
  /** Why there is no power schedule, or no WSD peak. */
  missing: string[];
  /** Best batch in tokens, for laws that have one. */
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
  evidence: { form: string; equation: string; inputHash: string; runs: number; optima: number };
};

const DEFAULT_WARMUP_FRACTION = 0.01;
const PAPER_WARMUP_TOKENS = 1e9;
/** Resamples behind an interval, where the fit has none of its own. */
const RESAMPLES = 1000;
const WARMUP_STEPS_OF_UNKNOWN_LENGTH = 2000;

/** Advice for a target from a fitted learning-rate law. Null if the fit has no such law. */
export function recommend(
  result: FitResult,
  target: RecommendationTarget,
  transfer: readonly TransferSummary[] = [],
): Recommendation | null {
  const fit = result.fit?.kind === "lr" ? result.fit : null;
  if (!fit) return null;
  const sweepSeqLen = commonSeqLen(result);
  const wsd = wsdAdvice(fit, result, target, lawBatch(target, target.batchReading, sweepSeqLen));
  const power = powerAdvice(fit, target, lawBatch(target, target.batchReading, sweepSeqLen));
  const warmupTokens = warmupOf(target);
  const distances = distancesOf(fit, result, target);
  const schedule = scheduleOf(target, wsd, power, warmupTokens);
  return {
    target,
    wsd,
    power,
    missing: missingParts(fit, target, wsd, power),
    bestBatchTokens:
      target.tokens === null || batchUnit(fit) === "sequences"
        ? null
        : predictBatchTokens(fit, { ...target, tokens: target.tokens }),
    otherReading: otherReading(fit, target, sweepSeqLen),
    schedule,
    warmupTokens,
    decayTokens: target.tokens === null ? null : target.decayFraction * target.tokens,
    classes: schedule ? classRates(target, schedule.peakLr) : [],
    warnings: recommendationWarnings({ fit, result, target, wsd, power, sweepSeqLen, transfer, distances }),
    distances,
    evidence: {
      form: fit.form,
      equation: fit.regression.equation,
      inputHash: result.inputHash,
      runs: result.runIds.length,
      optima: fit.regression.n,
    },
  };
}

/** Batch in the unit of the law (sequences of the sweep's length). */
function lawBatch(target: RecommendationTarget, reading: "sequences" | "tokens", sweepSeqLen: number | null): number {
  if (reading === "sequences" || sweepSeqLen === null) return target.batchSeqs;
  return (target.batchSeqs * target.seqLen) / sweepSeqLen;
}

/** Sequence length of the optima behind a fit, if they share one. */
function commonSeqLen(result: FitResult): number | null {
  const lengths = new Set(result.optima.filter((o) => o.used).map((o) => o.dims.seqLen));
  const [only] = lengths;
  return lengths.size === 1 ? (only ?? null) : null;
}

function wsdAdvice(fit: LrFit, result: FitResult, target: RecommendationTarget, batchSeqs: number): WsdAdvice | null {
  if (target.tokens === null) return null;
  const point = { tokens: target.tokens, batchSeqs, params: target.params, seqLen: target.seqLen };
  const predicted = predictLr(fit, point);
  if (!predicted) return null;
  const { lr, confidence, prediction, extrapolation } = predicted;
  if (![lr, confidence, prediction].every(isBounded)) return null;
  const resampling = { ...result.settings, bootstrap: result.settings.bootstrap || RESAMPLES };
  const [band = null] = bootstrapBand(fit, resampling, [point]);
  const bootstrap = band && isBounded(band) ? band : null;
  const interval = bootstrap && ratio(bootstrap) > ratio(confidence) ? bootstrap : confidence;
  return {
    ...{ peakLr: lr, interval, confidence, bootstrap, prediction, extrapolation },
    plateau: plateauAround(lr, result),
  };
}

const ratio = ({ low, high }: Range) => high / low;

/** Whether a rate or an interval is positive and finite: few optima far from the target leave every number possible. */
function isBounded(of: number | Range): boolean {
  const [low, high] = typeof of === "number" ? [of, of] : [of.low, of.high];
  return low > 0 && Number.isFinite(high);
}

/** The median plateau of the used curves, moved to a new LR; null where no curve has a closed plateau. */
function plateauAround(lr: number, result: FitResult): Range | null {
  const closed = result.optima.flatMap((o) => {
    const { low, high } = o.plateau ?? { low: null, high: null };
    return o.used && o.estimate && low !== null && high !== null
      ? [{ low: low / o.estimate.lr, high: high / o.estimate.lr }]
      : [];
  });
  if (closed.length === 0) return null;
  return { low: lr * median(closed.map((p) => p.low)), high: lr * median(closed.map((p) => p.high)) };
}

function powerAdvice(fit: LrFit, target: RecommendationTarget, lawBatchSeqs: number): PowerAdvice | null {
  const law = powerLawAt(fit, { batchSeqs: lawBatchSeqs, params: target.params });
  if (!law || !(law.b < 0) || !Number.isFinite(law.a)) return null;
  const amplitudeRatio = target.amplitudeRatio ?? PAPER_AMPLITUDE_RATIO;
  // a multiplies the target's own batch, whatever the law counts the batch in.
  const a = (law.a * lawBatchSeqs) / target.batchSeqs;
  const power = powerFromFit({ a, b: law.b }, { cap: target.cap ?? fit.largestLr, amplitudeRatio });
  const knee = kneeTokens(power, target.batchSeqs);
  // An exponent of almost 0 puts the knee beyond any number: that is no schedule.
  return Number.isFinite(knee) ? { ...power, amplitudeRatio, kneeTokens: knee } : null;
}

function otherReading(
  fit: LrFit,
  target: RecommendationTarget,
  sweepSeqLen: number | null,
): Recommendation["otherReading"] {
  if (target.tokens === null || sweepSeqLen === null || sweepSeqLen === target.seqLen) return null;
  const batchReading = target.batchReading === "sequences" ? "tokens" : "sequences";
  const batchSeqs = lawBatch(target, batchReading, sweepSeqLen);
  const predicted = predictLr(fit, { tokens: target.tokens, batchSeqs, params: target.params, seqLen: target.seqLen });
  return predicted && isBounded(predicted.lr) ? { batchReading, peakLr: predicted.lr } : null;
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

function missingParts(
  fit: LrFit,
  target: RecommendationTarget,
  wsd: WsdAdvice | null,
  power: PowerAdvice | null,
): string[] {
  const missing: string[] = [];
  if (!wsd) {
    const { needs } = lrForms[fit.form];
    const takesSize = needs.includes("params") || needs.includes("compute");
    missing.push(
      target.tokens === null
        ? "A WSD peak depends on the length of the run, which is unknown; use the power schedule, or give the tokens."
        : takesSize && target.params === null
          ? "This law depends on the model size; give the parameter count of the target."
          : "The optima do not determine the rate at this target: its interval has no end that a number holds. Add runs nearer to the target.",
    );
  }
  if (!power) {
    const law = powerLawAt(fit, target);
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
