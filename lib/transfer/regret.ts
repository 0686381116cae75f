import { median } from "../fit/linear";
import { counted } from "../format";
import { leastRegret, type TargetCell } from "./cells";
import { type Check, mean, percent, undecided } from "./check";

/**
 * Numbers of cells, and regrets as fractions of the loss: means, median and maxima are over the cells that are not
 * diverged; a prediction outside the grid counts with what it gives up at least. `skill` is 1 less the law's mean
 * regret over that of copying.
 */
export type RegretEvidence = {
  measured: number;
  notMeasured: number;
  diverged: number;
  meanRegret: number | null;
  medianRegret: number | null;
  maxRegret: number | null;
  meanFloor: number | null;
  meanExcess: number | null;
  maxExcess: number | null;
  /** The largest excess that a prediction outside its grid has at least. */
  maxBoundExcess: number | null;
  meanFittedRegret: number | null;
  maxFittedRegret: number | null;
  copyMeanRegret: number | null;
  copyMaxRegret: number | null;
  skill: number | null;
  /** Whether copying the source's LR costs less, by more than the floor. */
  copyIsBetter: boolean;
  seedsDiffer: boolean;
};

const PASS_REGRET = 0.0025;
const WARN_REGRET = 0.01;
const MOST_UNMEASURED = 1 / 4;

/**
 * Check 2: loss given up by using the law's LR, on the target's own curves. Judged after subtracting the floor, which
 * is what straight lines between grid points charge even the curve's own optimum. Pass: mean excess at most 0.25% and
 * no cell above 1%, and no worse than copying the source's LR by more than the floor; warn: mean at most 1%; fail:
 * above, or any prediction among diverged LRs, or outside its grid beyond an edge that is above 1% already. With more
 * than a quarter outside their grids it decides nothing else.
 */
export function regretCheck(cells: readonly TargetCell[], seedsDiffer: boolean): Check<RegretEvidence> {
  const title = "Loss given up by following the law";
  if (cells.length === 0) return undecided("regret", title, "the target has no bracketed optimum to compare with");
  const evidence = evidenceOf(cells, seedsDiffer);
  return { name: "regret", title, verdict: verdictOf(evidence), sentence: sentenceOf(evidence), evidence };
}

function evidenceOf(cells: readonly TargetCell[], seedsDiffer: boolean): RegretEvidence {
  const known = cells.flatMap((c) => {
    const least = leastRegret(c.regret);
    return least === null ? [] : [{ ...c, least, excess: Math.max(0, least - c.floor) }];
  });
  const outside = known.filter((c) => c.regret.kind === "outside-grid");
  const fitted = known.flatMap((c) => (c.fittedRegret === null ? [] : [c.fittedRegret]));
  const paired = known.flatMap((c) => (c.copyRegret?.kind === "measured" ? [{ ...c, copy: c.copyRegret.value }] : []));
  const copyMean = meanOf(paired.map((c) => c.copy));
  const lawMean = meanOf(paired.map((c) => c.least));
  return {
    measured: known.length - outside.length,
    notMeasured: outside.length,
    diverged: cells.length - known.length,
    meanRegret: meanOf(known.map((c) => c.least)),
    medianRegret: known.length > 0 ? median(known.map((c) => c.least)) : null,
    maxRegret: maxOf(known.map((c) => c.least)),
    meanFloor: meanOf(known.map((c) => c.floor)),
    meanExcess: meanOf(known.map((c) => c.excess)),
    maxExcess: maxOf(known.map((c) => c.excess)),
    maxBoundExcess: maxOf(outside.map((c) => c.excess)),
    meanFittedRegret: meanOf(fitted),
    maxFittedRegret: maxOf(fitted),
    copyMeanRegret: copyMean,
    copyMaxRegret: maxOf(paired.map((c) => c.copy)),
    skill: copyMean !== null && copyMean > 0 ? 1 - lawMean! / copyMean : null,
    copyIsBetter: copyMean !== null && lawMean! - copyMean > mean(paired.map((c) => c.floor)),
    seedsDiffer,
  };
}

function verdictOf(e: RegretEvidence): Check["verdict"] {
  if (e.diverged > 0 || e.meanExcess! > WARN_REGRET || (e.maxBoundExcess ?? 0) > WARN_REGRET) return "fail";
  if (e.notMeasured > MOST_UNMEASURED * (e.measured + e.notMeasured)) return "inconclusive";
  return e.meanExcess! <= PASS_REGRET && e.maxExcess! <= WARN_REGRET && !e.copyIsBetter ? "pass" : "warn";
}

function sentenceOf(e: RegretEvidence): string {
  const parts: string[] = [];
  const least = e.notMeasured > 0 ? "at least " : "";
  if (e.meanRegret !== null) {
    parts.push(
      `Following the law costs ${least}${percent(e.meanRegret)} of the loss on average (median ${percent(e.medianRegret!)}, worst ${percent(e.maxRegret!)}) in ${counted(e.measured + e.notMeasured, "cell")}, of which ${percent(e.meanFloor!)} is the floor of reading between grid points.`,
    );
  }
  if (e.copyMeanRegret !== null) parts.push(copyWords(e));
  if (e.diverged > 0)
    parts.push(`${counted(e.diverged, "prediction lies", "predictions lie")} among diverged learning rates.`);
  if (e.notMeasured > 0)
    parts.push(
      `${counted(e.notMeasured, "prediction lies", "predictions lie")} outside the target's grid and ${e.notMeasured === 1 ? "counts" : "count"} with the loss at its edge, ${percent(e.maxBoundExcess!)} above the floor at most; what ${e.notMeasured === 1 ? "it gives" : "they give"} up is more.`,
    );
  if (e.seedsDiffer) {
    parts.push(
      "Source and target have different seeds, whose effect on the loss of small models (0.4-1%) exceeds the 0.25% limit.",
    );
  }
  return parts.join(" ");
}

function copyWords(e: RegretEvidence): string {
  const copy = `Copying the source's LR costs ${percent(e.copyMeanRegret!)}`;
  const by = e.skill === null ? "" : ` ${Math.abs(100 * e.skill).toFixed(0)}%`;
  if (e.copyIsBetter) return `${copy}, the law gives up${by} more: copying does as well.`;
  if (e.skill === null) return `${copy}.`;
  if (e.skill >= 0) return `${copy}: the law gives up${by} less${e.notMeasured > 0 ? " at most" : ""}.`;
  return `${copy}: the law gives up${by} more, a difference within the floor.`;
}

function meanOf(values: readonly number[]): number | null {
  return values.length > 0 ? mean(values) : null;
}

function maxOf(values: readonly number[]): number | null {
  return values.length > 0 ? Math.max(...values) : null;
}
