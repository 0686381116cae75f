import type { CurveDims, Optimum } from "../estimate";
import { learningRate, significant, tokenCount } from "../format";
import type { Dimensions } from "../run";
import { decayLabel } from "../schedule";
import { type Regret, regretAt } from "../transfer";
import type { Recommendation } from "./recommend";
import type { RecommendationTarget } from "./target";

/** What is known of the run; null is unknown. */
export type OutcomeDims = Pick<
  Dimensions,
  | "tokens"
  | "batchSeqs"
  | "seqLen"
  | "paramsTotal"
  | "paramsNonEmbedding"
  | "paramsActive"
  | "width"
  | "depth"
  | "architecture"
  | "parametrization"
  | "schedule"
  | "scheduleShape"
>;

/** The large run that followed (or did not follow) a recommendation; `dims` null for one that another tracker has. */
export type OutcomeRun = { peakLr: number | null; loss: number | null; diverged: boolean; dims: OutcomeDims | null };

/** A dimension in which the run is not the one that the advice was for. */
export type OutcomeDifference = { dimension: string; target: string; run: string };

/**
 * Advice against what was done. The regret of a WSD peak is read off the target's own sweep of WSD runs, where it has
 * one. A power schedule has no curve of its own: its cap is no peak, so its loss is compared with that of WSD runs.
 */
export type Outcome = {
  schedule: RecommendationTarget["schedule"];
  /** Empty for a run of the target. Losses are in the unit of the law's, `excess` is a fraction of the loss. */
  differs: OutcomeDifference[];
  /** Of a WSD run the peak, of a power schedule the cap; so is `usedLr`. */
  recommendedLr: number | null;
  usedLr: number | null;
  /** log2 of used over recommended. */
  offLog2: number | null;
  withinPrediction: boolean | null;
  loss: number | null;
  diverged: boolean;
  regretOfUsed: Regret | null;
  regretOfAdvice: Regret | null;
  bestLr: number | null;
  /** Of a power schedule: the lowest loss of WSD runs that differ in nothing else, its rate, and the run's excess. */
  wsd: { loss: number; lr: number; excess: number } | null;
  sentence: string;
};

/** Runs end on whole steps, and parameters are counted in more than one way. */
const SAME_FACTOR = 1.05;

/**
 * Judges a recommendation by the run it was for, and by the curve that this run lies on where there is one; of a power
 * schedule by `wsdCurve`, which `wsdCurveLike` finds. A run of another target says nothing about the advice: then there
 * are the differences and no verdict.
 */
export function outcomeOf(
  result: Recommendation,
  run: OutcomeRun,
  curve: Optimum | null,
  wsdCurve: Optimum | null = null,
): Outcome {
  const { schedule } = result.target;
  const differs = run.dims ? differencesOf(result.target, run.dims) : [];
  const isJudged = differs.length === 0;
  const recommendedLr = result.schedule?.peakLr ?? (schedule === "wsd" ? result.wsd?.peakLr : null) ?? null;
  const usedLr = run.peakLr;
  // The rate of a run whose schedule is unknown is a peak; only that of a power schedule is a cap.
  const isLike = schedule === "wsd" || run.dims?.schedule === "power";
  const both = isJudged && isLike && recommendedLr !== null && usedLr !== null;
  const band = isJudged && schedule === "wsd" ? (result.wsd?.prediction ?? null) : null;
  const measured = isJudged && schedule === "wsd" ? measuredCurve(curve) : null;
  const loss = run.loss !== null && Number.isFinite(run.loss) ? run.loss : null;
  const outcome: Omit<Outcome, "sentence"> = {
    schedule,
    differs,
    recommendedLr,
    usedLr,
    offLog2: both ? Math.log2(usedLr / recommendedLr) : null,
    withinPrediction: band && usedLr !== null ? band.low <= usedLr && usedLr <= band.high : null,
    loss,
    diverged: run.diverged,
    regretOfUsed: measured && usedLr !== null ? regretAt(measured, usedLr) : null,
    regretOfAdvice: measured && recommendedLr !== null ? regretAt(measured, recommendedLr) : null,
    bestLr: measured?.estimate?.lr ?? null,
    wsd: isJudged && schedule === "power" && !run.diverged ? againstWsd(loss, wsdCurve) : null,
  };
  return { ...outcome, sentence: sentenceOf(outcome, run.dims === null) };
}

/**
 * The rate of a run of the target and the plateau that it lies outside of; null where it lies inside, and where that
 * cannot be said: the run differs, or does not say its length, batch or size as far as the target has them.
 */
export function rateOutsidePlateau(
  { target, wsd }: Recommendation,
  run: OutcomeDims & { peakLr: number | null },
): { rate: number; low: number; high: number } | null {
  const plateau = target.schedule === "wsd" ? (wsd?.plateau ?? null) : null;
  const rate = run.peakLr;
  if (plateau === null || rate === null || (plateau.low <= rate && rate <= plateau.high)) return null;
  const size = [run.width, run.paramsNonEmbedding, run.paramsTotal, run.paramsActive];
  const isUnsaid =
    run.batchSeqs === null ||
    (target.tokens !== null && run.tokens === null) ||
    ((target.params !== null || target.width !== null) && size.every((n) => n === null));
  if (isUnsaid || differencesOf(target, run).length > 0) return null;
  return { rate, ...plateau };
}

/** A curve of WSD runs on which a regret can be read. */
function measuredCurve(curve: Optimum | null): Optimum | null {
  return curve?.dims.schedule === "wsd" && curve.argmin !== null && curve.points.length > 1 ? curve : null;
}

function againstWsd(loss: number | null, curve: Optimum | null): Outcome["wsd"] {
  const best = curve?.argmin;
  return loss === null || !best ? null : { ...best, excess: loss / best.loss - 1 };
}

type CurveOfRuns = Pick<Optimum, "dims" | "points">;

/**
 * Of the curves of WSD runs that differ from one of another schedule in nothing but that (and warmup, and what the rest
 * of a config says, where a schedule may be said too), the one with the lowest loss; null where there is none.
 */
export function wsdCurveLike<C extends CurveOfRuns>(of: CurveOfRuns, curves: readonly C[]): C | null {
  const text = ({ schedule: _, scheduleShape: __, warmupTokens: ___, recipe: ____, ...dims }: CurveDims) =>
    JSON.stringify(dims);
  const lowest = ({ points }: C) => Math.min(...points.map((p) => p.loss ?? Number.POSITIVE_INFINITY));
  const wanted = text(of.dims);
  return curves
    .filter((c) => c.dims.schedule === "wsd" && text(c.dims) === wanted)
    .reduce<C | null>((best, c) => (best === null || lowest(c) < lowest(best) ? c : best), null);
}

function differencesOf(target: RecommendationTarget, run: OutcomeDims): OutcomeDifference[] {
  const isFar = (wanted: number, got: number) => Math.max(wanted / got, got / wanted) > SAME_FACTOR;
  const numbers: [string, number | null, number | null][] = [
    ["tokens", target.tokens, run.tokens],
    ["batch", target.batchSeqs, run.batchSeqs],
    ["sequence length", target.seqLen, run.seqLen],
    ["width", target.width, run.width],
    ["depth", target.depth, run.depth],
  ];
  const words: [string, string | null, string | null][] = [
    ["architecture", target.architecture, run.architecture],
    ["parametrization", target.parametrization, run.parametrization],
    ["schedule", target.schedule, run.schedule?.toLowerCase() ?? null],
    ["decay", decayLabel(target), isDecayOf(target, run) ? null : run.scheduleShape],
  ];
  const counts = [run.paramsNonEmbedding, run.paramsTotal, run.paramsActive].filter((n): n is number => n !== null);
  const wanted = target.params;
  return [
    ...numbers.flatMap(([dimension, a, b]) =>
      a !== null && b !== null && isFar(a, b) ? [{ dimension, target: tokenCount(a), run: tokenCount(b) }] : [],
    ),
    ...(wanted !== null && counts.length > 0 && counts.every((n) => isFar(wanted, n))
      ? [{ dimension: "parameters", target: tokenCount(wanted), run: tokenCount(counts[0]) }]
      : []),
    ...words.flatMap(([dimension, a, b]) =>
      a !== null && b !== null && b !== "unknown" && a !== b ? [{ dimension, target: a, run: b }] : [],
    ),
  ];
}

/** Whether a run's schedule, as far as it says so, is of the target's kind and decays like it. */
function isDecayOf(target: RecommendationTarget, { schedule, scheduleShape: shape }: OutcomeDims): boolean {
  if (shape === null || schedule?.toLowerCase() !== target.schedule) return true;
  // That of a power schedule says first how it falls.
  return target.schedule === "wsd" ? shape === decayLabel(target) : shape.endsWith(decayLabel(target));
}

function sentenceOf(o: Omit<Outcome, "sentence">, elsewhere: boolean): string {
  if (o.differs.length > 0) {
    const parts = o.differs.map((d) => `${d.dimension} ${d.run} instead of ${d.target}`);
    return `This is not a run that the advice was for: ${parts.join(", ")}. It is kept here, but says nothing about the advice.`;
  }
  const parts: string[] = [];
  if (o.diverged) parts.push("The run diverged.");
  else if (o.loss !== null) parts.push(`The run ended at a loss of ${o.loss.toFixed(4)}.`);
  if (o.offLog2 !== null) parts.push(followed(o, o.offLog2));
  if (elsewhere) parts.push("It was trained elsewhere: its dimensions are not known here.");
  else parts.push(o.schedule === "power" ? comparedWithWsd(o) : comparedWithSweep(o));
  return parts.filter(Boolean).join(" ");
}

function followed({ schedule, usedLr }: Omit<Outcome, "sentence">, offLog2: number): string {
  const isSame = Math.abs(offLog2) < 0.05;
  const times = `${(2 ** offLog2).toFixed(2)} times the recommended`;
  if (schedule === "power")
    return isSame ? "Its cap is the recommended one." : `Its cap is ${learningRate(usedLr)}, ${times} one.`;
  return isSame ? "It followed the advice." : `It used ${learningRate(usedLr)}, ${times} rate.`;
}

function comparedWithSweep({ regretOfAdvice }: Omit<Outcome, "sentence">): string {
  if (regretOfAdvice) return `On the target's own sweep the advice ${regretWords(regretOfAdvice)}.`;
  return "The target has no sweep of its own, so how much a better rate would have gained is not known.";
}

function comparedWithWsd({ wsd, diverged }: Omit<Outcome, "sentence">): string {
  if (wsd) {
    const side = wsd.excess < 0 ? "below" : "above";
    return `That is ${(100 * Math.abs(wsd.excess)).toFixed(2)}% ${side} the best of the WSD runs that differ in nothing else (${significant(wsd.loss, 5)} at ${learningRate(wsd.lr)}).`;
  }
  return diverged ? "" : "There are no WSD runs that differ in nothing else, so its loss is compared with none.";
}

function regretWords(regret: Regret): string {
  if (regret.kind === "measured") return `costs ${(100 * regret.value).toFixed(2)}% of the loss`;
  return regret.kind === "diverged" ? "lies among diverged rates" : "lies outside the rates that were tried";
}
