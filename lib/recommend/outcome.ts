import type { Optimum } from "../estimate";
import { learningRate, tokenCount } from "../format";
import type { Dimensions } from "../run";
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
>;

/** The large run that followed (or did not follow) a recommendation; `dims` null for one that another tracker has. */
export type OutcomeRun = { peakLr: number | null; loss: number | null; diverged: boolean; dims: OutcomeDims | null };

/** A dimension in which the run is not the one that the advice was for. */
export type OutcomeDifference = { dimension: string; target: string; run: string };

/** Advice against what was done. Regrets are read off the target's own sweep, where it has one. */
export type Outcome = {
  /** Empty for a run of the target. */
  differs: OutcomeDifference[];
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
  sentence: string;
};

/** Runs end on whole steps, and parameters are counted in more than one way. */
const SAME_FACTOR = 1.05;

/**
 * Judges a recommendation by the run it was for, and by the curve that this run lies on where there is one. A run of
 * another target says nothing about the advice: then there are the differences and no verdict.
 */
export function outcomeOf(result: Recommendation, run: OutcomeRun, curve: Optimum | null): Outcome {
  const differs = run.dims ? differencesOf(result.target, run.dims) : [];
  const isJudged = differs.length === 0;
  const recommendedLr = result.schedule?.peakLr ?? result.wsd?.peakLr ?? null;
  const usedLr = run.peakLr;
  const both = isJudged && recommendedLr !== null && usedLr !== null;
  const band = isJudged ? (result.wsd?.prediction ?? null) : null;
  const measured = isJudged && curve !== null && curve.argmin !== null && curve.points.length > 1 ? curve : null;
  const outcome: Omit<Outcome, "sentence"> = {
    differs,
    recommendedLr,
    usedLr,
    offLog2: both ? Math.log2(usedLr / recommendedLr) : null,
    withinPrediction: band && usedLr !== null ? band.low <= usedLr && usedLr <= band.high : null,
    loss: run.loss !== null && Number.isFinite(run.loss) ? run.loss : null,
    diverged: run.diverged,
    regretOfUsed: measured && usedLr !== null ? regretAt(measured, usedLr) : null,
    regretOfAdvice: measured && recommendedLr !== null ? regretAt(measured, recommendedLr) : null,
    bestLr: measured?.estimate?.lr ?? null,
  };
  return { ...outcome, sentence: sentenceOf(outcome, run.dims === null) };
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
  const words: [string, string, string | null][] = [
    ["architecture", target.architecture, run.architecture],
    ["parametrization", target.parametrization, run.parametrization],
    ["schedule", target.schedule, run.schedule?.split(" ")[0] ?? null],
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
      b !== null && b !== "unknown" && a !== b ? [{ dimension, target: a, run: b }] : [],
    ),
  ];
}

function sentenceOf(o: Omit<Outcome, "sentence">, elsewhere: boolean): string {
  if (o.differs.length > 0) {
    const parts = o.differs.map((d) => `${d.dimension} ${d.run} instead of ${d.target}`);
    return `This is not a run that the advice was for: ${parts.join(", ")}. It is kept here, but says nothing about the advice.`;
  }
  const parts: string[] = [];
  if (o.diverged) parts.push("The run diverged.");
  else if (o.loss !== null) parts.push(`The run ended at a loss of ${o.loss.toFixed(4)}.`);
  if (o.offLog2 !== null) {
    const followed = Math.abs(o.offLog2) < 0.05;
    parts.push(
      followed
        ? "It followed the advice."
        : `It used ${learningRate(o.usedLr)}, ${(2 ** o.offLog2).toFixed(2)} times the recommended rate.`,
    );
  }
  if (elsewhere) parts.push("It was trained elsewhere: its dimensions are not known here.");
  else if (o.regretOfAdvice) parts.push(`On the target's own sweep the advice ${regretWords(o.regretOfAdvice)}.`);
  else parts.push("The target has no sweep of its own, so how much a better rate would have gained is not known.");
  return parts.join(" ");
}

function regretWords(regret: Regret): string {
  if (regret.kind === "measured") return `costs ${(100 * regret.value).toFixed(2)}% of the loss`;
  return regret.kind === "diverged" ? "lies among diverged rates" : "lies outside the rates that were tried";
}
