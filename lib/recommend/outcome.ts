import type { Optimum } from "../estimate";
import { type Regret, regretAt } from "../transfer";
import type { Recommendation } from "./recommend";

/** The large run that followed (or did not follow) a recommendation. */
export type OutcomeRun = { peakLr: number | null; loss: number | null; diverged: boolean };

/** Advice against what was done. Regrets are read off the target's own sweep, where it has one. */
export type Outcome = {
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

/** Judges a recommendation by the run it was for, and by the curve that this run lies on where there is one. */
export function outcomeOf(result: Recommendation, run: OutcomeRun, curve: Optimum | null): Outcome {
  const recommendedLr = result.schedule?.peakLr ?? result.wsd?.peakLr ?? null;
  const usedLr = run.peakLr;
  const both = recommendedLr !== null && usedLr !== null;
  const band = result.wsd?.prediction ?? null;
  const measured = curve !== null && curve.argmin !== null && curve.points.length > 1 ? curve : null;
  const outcome: Omit<Outcome, "sentence"> = {
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
  return { ...outcome, sentence: sentenceOf(outcome) };
}

function sentenceOf(o: Omit<Outcome, "sentence">): string {
  const parts: string[] = [];
  if (o.diverged) parts.push("The run diverged.");
  else if (o.loss !== null) parts.push(`The run ended at a loss of ${o.loss.toFixed(4)}.`);
  if (o.offLog2 !== null) {
    const followed = Math.abs(o.offLog2) < 0.05;
    parts.push(
      followed ? "It followed the advice." : `It used ${(2 ** o.offLog2).toFixed(2)} times the recommended rate.`,
    );
  }
  if (o.regretOfAdvice) parts.push(`On the target's own sweep the advice ${regretWords(o.regretOfAdvice)}.`);
  else parts.push("The target has no sweep of its own, so how much a better rate would have gained is not known.");
  return parts.join(" ");
}

function regretWords(regret: Regret): string {
  if (regret.kind === "measured") return `costs ${(100 * regret.value).toFixed(2)}% of the loss`;
  return regret.kind === "diverged" ? "lies among diverged rates" : "lies outside the rates that were tried";
}
