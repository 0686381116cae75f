import { type LrFit, rms } from "../fit";
import { counted, paramCount, tokenCount } from "../format";
import type { Regret, TargetCell } from "./cells";
import { type Check, mean, octaves, percent } from "./check";

export type LrErrorEvidence = {
  cells: number;
  within: number;
  rmsLog2: number;
  maxLog2: number;
  biasLog2: number;
  copyCells: number;
  copyRmsLog2: number | null;
  copyMaxLog2: number | null;
};

/**
 * Check 1: distance in ln LR between the law and the target's optima. A cell is within tolerance when the distance is
 * at most half a grid step or 1.96 combined standard errors. Pass: at most one cell in twenty (rounded up) outside.
 */
export function lrErrorCheck(cells: readonly TargetCell[]): Check<LrErrorEvidence> {
  const title = "Predicted against measured best learning rate";
  if (cells.length === 0) return undecided("lr-error", title);
  const errors = cells.map((c) => c.error);
  const copied = cells.flatMap((c) => (c.copyError === null ? [] : [c.copyError]));
  const within = cells.filter((c) => c.within).length;
  const outside = cells.length - within;
  const evidence: LrErrorEvidence = {
    cells: cells.length,
    within,
    rmsLog2: rms(errors) / Math.LN2,
    maxLog2: Math.max(...errors.map(Math.abs)) / Math.LN2,
    biasLog2: mean(errors) / Math.LN2,
    copyCells: copied.length,
    copyRmsLog2: copied.length > 0 ? rms(copied) / Math.LN2 : null,
    copyMaxLog2: copied.length > 0 ? Math.max(...copied.map(Math.abs)) / Math.LN2 : null,
  };
  const verdict =
    outside <= Math.ceil(cells.length / 20) && within > 0 ? "pass" : outside <= cells.length / 3 ? "warn" : "fail";
  const copy =
    copied.length > 0
      ? ` Copying the source's LR unchanged gives ${octaves(rms(copied))} rms in ${counted(copied.length, "cell")}.`
      : "";
  const sentence = `The law is ${octaves(rms(errors))} rms (worst ${evidence.maxLog2.toFixed(2)}, mean ${evidence.biasLog2.toFixed(2)}) from the target's best LR; ${within} of ${counted(cells.length, "cell")} ${within === 1 ? "is" : "are"} within tolerance.${copy}`;
  return { name: "lr-error", title, verdict, sentence, evidence };
}

export type RegretEvidence = {
  measured: number;
  notMeasured: number;
  diverged: number;
  meanRegret: number | null;
  maxRegret: number | null;
  meanFloor: number | null;
  meanExcess: number | null;
  maxExcess: number | null;
  meanFittedRegret: number | null;
  maxFittedRegret: number | null;
  copyMeanRegret: number | null;
  copyMaxRegret: number | null;
  skill: number | null;
  seedsDiffer: boolean;
};

export const PASS_REGRET = 0.0025;
export const WARN_REGRET = 0.01;

/**
 * Check 2: loss given up by using the law's LR, on the target's own curves. Judged after subtracting the floor, which
 * is what straight lines between grid points charge even the curve's own optimum. Pass: mean excess at most 0.25% and
 * no cell above 1%; warn: mean at most 1%; fail: above, or any prediction among diverged LRs.
 */
export function regretCheck(cells: readonly TargetCell[], seedsDiffer: boolean): Check<RegretEvidence> {
  const title = "Loss given up by following the law";
  const measured = cells.filter((c) => c.regret.kind === "measured");
  const diverged = cells.filter((c) => c.regret.kind === "diverged").length;
  if (measured.length + diverged === 0)
    return undecided("regret", title, "no prediction lies inside a grid of the target");
  const regrets = measured.map((c) => measuredValue(c.regret)!);
  const excess = measured.map((c, i) => Math.max(0, regrets[i]! - c.floor));
  const fitted = measured.flatMap((c) => (c.fittedRegret === null ? [] : [c.fittedRegret]));
  const paired = measured.filter((c) => measuredValue(c.copyRegret) !== null);
  const copy = paired.map((c) => measuredValue(c.copyRegret)!);
  const copyMean = meanOf(copy);
  const evidence: RegretEvidence = {
    measured: measured.length,
    notMeasured: cells.length - measured.length - diverged,
    diverged,
    meanRegret: meanOf(regrets),
    maxRegret: maxOf(regrets),
    meanFloor: meanOf(measured.map((c) => c.floor)),
    meanExcess: meanOf(excess),
    maxExcess: maxOf(excess),
    meanFittedRegret: meanOf(fitted),
    maxFittedRegret: maxOf(fitted),
    copyMeanRegret: copyMean,
    copyMaxRegret: maxOf(copy),
    skill: copyMean !== null && copyMean > 0 ? 1 - mean(paired.map((c) => measuredValue(c.regret)!)) / copyMean : null,
    seedsDiffer,
  };
  return { name: "regret", title, verdict: regretVerdict(evidence), sentence: regretSentence(evidence), evidence };
}

function regretVerdict(e: RegretEvidence): Check["verdict"] {
  if (e.diverged > 0 || e.meanExcess === null || e.meanExcess > WARN_REGRET) return "fail";
  if (e.meanExcess <= PASS_REGRET && e.maxExcess! <= WARN_REGRET)
    return e.notMeasured > e.measured ? "inconclusive" : "pass";
  return "warn";
}

function regretSentence(e: RegretEvidence): string {
  const parts: string[] = [];
  if (e.meanRegret !== null) {
    parts.push(
      `Following the law costs ${percent(e.meanRegret)} of the loss on average (worst ${percent(e.maxRegret!)}) in ${counted(e.measured, "cell")}, of which ${percent(e.meanFloor!)} is the floor of reading between grid points.`,
    );
  }
  if (e.skill !== null) {
    const better = e.skill >= 0 ? "less" : "more";
    parts.push(
      `Copying the source's LR costs ${percent(e.copyMeanRegret!)}: the law gives up ${Math.abs(100 * e.skill).toFixed(0)}% ${better}.`,
    );
  }
  if (e.diverged > 0)
    parts.push(`${counted(e.diverged, "prediction lies", "predictions lie")} among diverged learning rates.`);
  if (e.notMeasured > 0)
    parts.push(
      `${counted(e.notMeasured, "prediction lies", "predictions lie")} outside the target's grid and ${e.notMeasured === 1 ? "is" : "are"} not measured.`,
    );
  if (e.seedsDiffer) {
    parts.push(
      "Source and target have different seeds, whose effect on the loss of small models (0.4-1%) exceeds the 0.25% limit.",
    );
  }
  return parts.join(" ");
}

export type LeaveOutEvidence = {
  what: string;
  heldOut: number;
  cells: number;
  rmsLog2: number;
  maxLog2: number;
  stepLog2: number;
};

/** Check 6: the source's law refitted without its largest model, or its longest runs, and compared with those. */
export function leaveLargestOutCheck(fit: LrFit, stepLn: number): Check<LeaveOutEvidence> {
  const title = "Predicting the largest part of the source from the rest";
  const found = fit.regression.leaveLargestOut;
  const chosen = found.find((l) => l.what === "size") ?? found[0];
  if (!chosen) return undecided("leave-largest-out", title, "the source is too small to withhold a part of it");
  const stepLog2 = stepLn / Math.LN2;
  const verdict = chosen.rmsLog2 <= stepLog2 / 2 ? "pass" : chosen.rmsLog2 <= stepLog2 ? "warn" : "fail";
  const what = chosen.what === "size" ? `N = ${paramCount(chosen.heldOut)}` : `T = ${tokenCount(chosen.heldOut)}`;
  const sentence = `Without ${what} the law misses ${chosen.n === 1 ? "its optimum" : `its ${chosen.n} optima`} by ${chosen.rmsLog2.toFixed(2)} log2 rms (worst ${chosen.maxLog2.toFixed(2)}; one grid step is ${stepLog2.toFixed(2)}).`;
  const { heldOut, n: cells, rmsLog2, maxLog2 } = chosen;
  return {
    name: "leave-largest-out",
    title,
    verdict,
    sentence,
    evidence: { what: chosen.what, heldOut, cells, rmsLog2, maxLog2, stepLog2 },
  };
}

function undecided(
  name: Check["name"],
  title: string,
  why = "the target has no bracketed optimum to compare with",
): Check<never> {
  return { name, title, verdict: "inconclusive", sentence: `Not decided: ${why}.`, evidence: null };
}

function measuredValue(regret: Regret | null): number | null {
  return regret?.kind === "measured" ? regret.value : null;
}

function meanOf(values: readonly number[]): number | null {
  return values.length > 0 ? mean(values) : null;
}

function maxOf(values: readonly number[]): number | null {
  return values.length > 0 ? Math.max(...values) : null;
}
