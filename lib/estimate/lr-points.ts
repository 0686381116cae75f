import { square } from "../portable";
import type { RunPoint } from "../run";

export const lossChoices = ["held-out", "tail"] as const;
/** Which of a run's losses its curve is drawn with: the final one, or the tail of the training loss. */
export type LossChoice = (typeof lossChoices)[number];

/**
 * All runs at one peak LR of a curve. `loss` is the mean of those that did not diverge, null if none or most did, `sd`
 * their standard deviation, both in the unit of the loss; `n` and `nDiverged` count runs.
 */
export type LrPoint = {
  lr: number;
  loss: number | null;
  sd: number | null;
  n: number;
  nDiverged: number;
  diverged: boolean;
  runIds: string[];
};

/** A final loss this far above the curve's best, at a higher LR, counts as diverged. */
const DIVERGED_FACTOR = 1.5;
/** Whether a run says how it ended: by a loss, NaN included, or by having diverged. */
export function hasResult(run: RunPoint, choice: LossChoice): boolean {
  const value = choice === "tail" ? run.trainTailLoss : run.finalLoss;
  return run.state === "diverged" || (value !== null && value !== undefined);
}

/** The loss a setting refers to; null unless positive and finite: relative losses need a positive one. */
export function lossOf(run: RunPoint, choice: LossChoice): number | null {
  const value = choice === "tail" ? run.trainTailLoss : run.finalLoss;
  return value !== null && value !== undefined && value > 0 && value < Number.POSITIVE_INFINITY ? value : null;
}

export function groupBy<T, K extends string | number>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const k = key(item);
    const group = groups.get(k);
    if (group) group.push(item);
    else groups.set(k, [item]);
  }
  return groups;
}

/** Runs of a curve by LR, ascending; rates are nominal. */
export function lrPoints(runs: RunPoint[], choice: LossChoice): LrPoint[] {
  const losses = soundLosses(runs, choice);
  const byLr = new Map<number, LrGroup>();
  runs.forEach((run, i) => {
    let group = byLr.get(run.peakLr);
    if (!group) {
      group = { lr: run.peakLr, losses: [], runIds: [], seen: [], n: 0 };
      byLr.set(run.peakLr, group);
    }
    group.runIds.push(run.runId);
    if (isSeen(group, run.seed, losses[i]!)) return;
    group.n++;
    if (losses[i] !== null) group.losses.push(losses[i]!);
  });
  return [...byLr.values()].map(pointOf).sort((p, q) => p.lr - q.lr);
}

/** Runs at one LR: `n` observations, and of those that did not diverge the losses. */
type LrGroup = {
  lr: number;
  losses: number[];
  runIds: string[];
  seen: { seed: number; loss: number | null }[];
  n: number;
};

/** A run of a seed that gave the same bits again is no second observation: nothing of its noise is new. */
function isSeen({ seen }: LrGroup, seed: number | null, loss: number | null): boolean {
  if (seed === null) return false;
  if (seen.some((other) => other.seed === seed && other.loss === loss)) return true;
  seen.push({ seed, loss });
  return false;
}

function pointOf({ lr, losses, runIds, n }: LrGroup): LrPoint {
  const nDiverged = n - losses.length;
  const diverged = nDiverged * 2 >= n;
  return {
    lr,
    loss: diverged ? null : mean(losses),
    sd: losses.length > 1 ? standardDeviation(losses) : null,
    n,
    nDiverged,
    diverged,
    runIds: runIds.length > 1 ? runIds.sort(compare) : runIds,
  };
}

/** The loss of each run of a curve; null where it diverged. */
function soundLosses(runs: RunPoint[], choice: LossChoice): (number | null)[] {
  const losses = runs.map((run) => (run.state === "diverged" ? null : lossOf(run, choice)));
  let best = -1;
  losses.forEach((loss, i) => {
    if (loss !== null && (best < 0 || loss < losses[best]!)) best = i;
  });
  if (best < 0) return losses;
  const [lowest, bestLr] = [losses[best]!, runs[best]!.peakLr];
  return losses.map((loss, i) => {
    const { peakLr, trainLossQuartile: quartile } = runs[i]!;
    // A loss that high below the best LR is slow learning, not divergence.
    if (loss === null || peakLr <= bestLr) return loss;
    // Like with like: a run that learned its data by heart ends low in them and high on others.
    const end = lossOf(runs[i]!, "tail") ?? loss;
    const tooHigh = loss > DIVERGED_FACTOR * lowest || (quartile !== null && quartile !== undefined && end > quartile);
    return tooHigh ? null : loss;
  });
}

/** Residual sd of loss ~ LR + seed over the square root of the number of seeds; needs two seeds at two LRs. */
export function noiseOfMeans(runs: RunPoint[], points: LrPoint[], choice: LossChoice): number | null {
  const usable = new Set(points.filter((p) => p.nDiverged === 0).map((p) => p.lr));
  const bySeed = groupBy(
    runs.filter((run) => usable.has(run.peakLr)),
    (run) => String(run.seed),
  );
  const rows = [...bySeed.values()].map((group) =>
    [...groupBy(group, (run) => run.peakLr).values()]
      .sort((p, q) => p[0]!.peakLr - q[0]!.peakLr)
      .map((same) => mean(same.map((run) => lossOf(run, choice)!))),
  );
  const [seeds, lrs] = [rows.length, usable.size];
  if (seeds < 2 || lrs < 2 || rows.some((row) => row.length !== lrs)) return null;
  const rowMeans = rows.map(mean);
  const grand = mean(rowMeans);
  let squares = 0;
  for (let j = 0; j < lrs; j++) {
    const columnMean = mean(rows.map((row) => row[j]!));
    for (let i = 0; i < seeds; i++) squares += square(rows[i]![j]! - rowMeans[i]! - columnMean + grand);
  }
  return Math.sqrt(squares / ((seeds - 1) * (lrs - 1)) / seeds);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

function standardDeviation(values: readonly number[]): number {
  const m = mean(values);
  return Math.sqrt(values.reduce((sum, v) => sum + square(v - m), 0) / (values.length - 1));
}

export function compare(p: string, q: string): number {
  return p < q ? -1 : p > q ? 1 : 0;
}
