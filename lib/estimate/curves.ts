import { square } from "../portable";
import {
  anyParams,
  type Dimension,
  type Dimensions,
  definitionOf,
  dimensionNames,
  lossLabel,
  type RunPoint,
  sizeKeyOf,
} from "../run";

export const lossChoices = ["held-out", "tail"] as const;
/** Which of a run's losses its curve is drawn with: the final one, or the tail of the training loss. */
export type LossChoice = (typeof lossChoices)[number];

/**
 * How runs become curves. With `seeds: "average"` the seeds of a curve are averaged where all of them cover the same
 * LRs, and kept apart otherwise (averaging different LR sets would add the seed effect, 0.4-1% of the loss on small
 * models, to some LRs only).
 */
export type CurveSettings = { loss: LossChoice; seeds: "average" | "separate" };

/** All runs at one peak LR of a curve. `loss` is the mean of those that did not diverge, null if none or most did. */
export type LrPoint = {
  lr: number;
  loss: number | null;
  sd: number | null;
  n: number;
  nDiverged: number;
  diverged: boolean;
  runIds: string[];
};

type Shared = Exclude<Dimension, "peakLr" | "seed" | "finalLoss" | "trainTailLoss">;
const shared = dimensionNames.filter((d) => {
  const { role } = definitionOf(d);
  return role === "size" || role === "curve" || role === "recipe" || d === "batchSeqs" || d === "tokens";
}) as Shared[];

/** What all runs of a curve share; null is unknown. */
export type CurveDims = Pick<Dimensions, Shared> &
  Pick<RunPoint, Shared & ("architecture" | "parametrization" | "schedule" | "batchSeqs" | "tokens")>;

/**
 * Loss against peak LR, everything else equal. A cell is all curves that differ only in batch and seed. `noiseSd` is
 * the sd of one mean loss after removing seed effects.
 */
export type Curve = {
  key: string;
  sizeKey: string;
  cellKey: string;
  dims: CurveDims;
  seeds: (number | null)[];
  points: LrPoint[];
  noiseSd: number | null;
};

/** A final loss this far above the curve's best, at a higher LR, counts as diverged. */
const DIVERGED_FACTOR = 1.5;
const SAME_TOKENS = 1.02;

/**
 * Groups runs into curves, ordered by size, tokens and batch. Runs without a positive LR are left out, and so are runs
 * that ended without a result: what is not known is not divergence.
 */
export function curvesOf(runs: readonly RunPoint[], settings: CurveSettings): Curve[] {
  const groups: RunPoint[][] = [];
  for (const members of sizesOf(runs.filter((run) => isPlottable(run) && hasResult(run, settings.loss))))
    groups.push(...settingsOf(withNominalTokens(members)));
  const curves: Curve[] = [];
  for (const members of groups) {
    const first = members[0]!;
    const key = settingKey(first, sizeKeyOf(first), ` B${first.batchSeqs}`);
    for (const [suffix, group] of seedGroups(members, settings)) curves.push(curveOf(key + suffix, group, settings));
  }
  return curves.sort(
    (p, q) =>
      sizeOf(p.dims) - sizeOf(q.dims) ||
      compare(p.sizeKey, q.sizeKey) ||
      p.dims.tokens - q.dims.tokens ||
      p.dims.batchSeqs - q.dims.batchSeqs ||
      compare(p.key, q.key),
  );
}

/** Parameters, as far as they are known, to put small models before large ones. */
function sizeOf(dims: CurveDims): number {
  return anyParams(dims) ?? 0;
}

/** Rates, batches and token counts that have a logarithm; 1e-30 is one, 0, NaN and infinity are not. */
function isPlottable(run: RunPoint): boolean {
  return isPositive(run.peakLr) && isPositive(run.batchSeqs) && isPositive(run.tokens);
}

function isPositive(value: number): boolean {
  return value > 0 && Number.isFinite(value);
}

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

export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const k = key(item);
    const group = groups.get(k);
    if (group) group.push(item);
    else groups.set(k, [item]);
  }
  return groups;
}

/**
 * Dimensions that are compared by name below: over names in a loop it takes several times as long on a page that was
 * just opened. Others are compared in the loop.
 */
const BY_NAME: readonly Dimension[] = [
  ...(["architecture", "parametrization", "width", "depth"] as const),
  ...(["paramsNonEmbedding", "paramsTotal", "paramsActive"] as const),
  ...(["seqLen", "schedule", "warmupTokens", "data"] as const),
  ...(["optimizer", "weightDecay", "weightDecayConvention", "beta2", "baseWidth", "baseDepth", "recipe"] as const),
];
const otherSizes = dimensionNames.filter((d) => definitionOf(d).role === "size" && !BY_NAME.includes(d));

/** Runs by model size. Neighbours in a table mostly share it, and comparing is cheaper than writing keys. */
function sizesOf(runs: readonly RunPoint[]): Iterable<RunPoint[]> {
  const bySize = new Map<string, RunPoint[]>();
  let [last, group]: [RunPoint | null, RunPoint[]] = [null, []];
  for (const run of runs) {
    if (last === null || !isOfSize(run, last)) {
      const key = sizeKeyOf(run);
      group = bySize.get(key) ?? [];
      bySize.set(key, group);
    }
    group.push(run);
    last = run;
  }
  return bySize.values();
}

function isOfSize(p: RunPoint, q: RunPoint): boolean {
  return (
    p.width === q.width &&
    p.depth === q.depth &&
    p.paramsNonEmbedding === q.paramsNonEmbedding &&
    p.paramsTotal === q.paramsTotal &&
    p.paramsActive === q.paramsActive &&
    p.architecture === q.architecture &&
    p.parametrization === q.parametrization &&
    agree(p, q, otherSizes)
  );
}

function agree(p: RunPoint, q: RunPoint, over: readonly Dimension[]): boolean {
  for (const d of over) if ((p[d] ?? null) !== (q[d] ?? null)) return false;
  return true;
}

/** What tells curves of one size, token count and batch apart, but for their losses, which go by their label. */
const keyed = dimensionNames.filter((d) => {
  const { role } = definitionOf(d);
  return (role === "curve" || role === "recipe") && d !== "lossMetric" && d !== "lossTaken";
});
const otherCurves = keyed.filter((d) => !BY_NAME.includes(d));
/** Those that a key says by their names; the others it says in words of their own. */
const named = keyed.filter((d) => d !== "seqLen" && d !== "schedule" && d !== "warmupTokens" && d !== "data");

/** Runs of one size by tokens, batch and what else their curves are told apart by. */
function settingsOf(runs: readonly RunPoint[]): RunPoint[][] {
  const byTokens = new Map<number, Map<number, RunPoint[][]>>();
  for (const run of runs) {
    const byBatch = byTokens.get(run.tokens) ?? new Map<number, RunPoint[][]>();
    byTokens.set(run.tokens, byBatch);
    const groups = byBatch.get(run.batchSeqs) ?? [];
    byBatch.set(run.batchSeqs, groups);
    const group = groups.find(([p]) => isLike(p!, run));
    if (group) group.push(run);
    else groups.push([run]);
  }
  return [...byTokens.values()].flatMap((byBatch) => [...byBatch.values()].flat());
}

function isLike(p: RunPoint, q: RunPoint): boolean {
  return (
    p.seqLen === q.seqLen &&
    p.schedule === q.schedule &&
    (p.warmupTokens ?? null) === (q.warmupTokens ?? null) &&
    p.data === q.data &&
    isOfRecipe(p, q) &&
    agree(p, q, otherCurves) &&
    lossLabel(p) === lossLabel(q)
  );
}

/** What is not known is not the same as what is. */
function isOfRecipe(p: RunPoint, q: RunPoint): boolean {
  return (
    (p.optimizer ?? null) === (q.optimizer ?? null) &&
    (p.weightDecay ?? null) === (q.weightDecay ?? null) &&
    (p.weightDecayConvention ?? null) === (q.weightDecayConvention ?? null) &&
    (p.beta2 ?? null) === (q.beta2 ?? null) &&
    (p.baseWidth ?? null) === (q.baseWidth ?? null) &&
    (p.baseDepth ?? null) === (q.baseDepth ?? null) &&
    (p.recipe ?? null) === (q.recipe ?? null)
  );
}

/** A cell (no `batch`) holds all batches, and all warmups, whose length often follows the batch. */
function settingKey(run: RunPoint, sizeKey: string, batch: string): string {
  const { seqLen, schedule, warmupTokens: warmup, data } = run;
  const parts = [`${sizeKey} T${run.tokens}${batch}${seqLen === null ? "" : ` L${seqLen}`} ${schedule}`];
  if (batch !== "" && warmup !== null && warmup !== undefined) parts.push(`, warmup ${warmup}`);
  if (data !== null) parts.push(` on ${data}`);
  const loss = lossLabel(run);
  if (loss) parts.push(` by ${loss}`);
  for (const d of named) if (run[d] !== null && run[d] !== undefined) parts.push(` ${d} ${run[d]}`);
  return parts.join("");
}

/**
 * Runs of one size whose token counts differ by under 2%, as rounding to whole steps makes them, get the commonest
 * (then smallest) of these counts.
 */
function withNominalTokens(runs: readonly RunPoint[]): readonly RunPoint[] {
  const counts = new Map<number, number>();
  for (const run of runs) counts.set(run.tokens, (counts.get(run.tokens) ?? 0) + 1);
  const nominal = new Map<number, number>();
  let cluster: number[] = [];
  const close = () => {
    const chosen = cluster.reduce((p, q) => (counts.get(q)! > counts.get(p)! ? q : p), cluster[0]!);
    for (const value of cluster) nominal.set(value, chosen);
  };
  for (const tokens of [...counts.keys()].sort((p, q) => p - q)) {
    if (cluster.length > 0 && tokens > SAME_TOKENS * cluster[0]!) {
      close();
      cluster = [];
    }
    cluster.push(tokens);
  }
  close();
  if (new Set(nominal.values()).size === counts.size) return runs;
  return runs.map((run) => ({ ...run, tokens: nominal.get(run.tokens)! }));
}

function seedGroups(runs: RunPoint[], settings: CurveSettings): [suffix: string, runs: RunPoint[]][] {
  if (settings.seeds === "average" && isOneSeed(runs)) return [["", runs]];
  const bySeed = groupBy(runs, (run) => String(run.seed));
  const coverage = [...bySeed.values()].map((group) => [...new Set(group.map(lrKey))].sort().join());
  if (settings.seeds === "average" && new Set(coverage).size === 1) return [["", runs]];
  return [...bySeed].map(([seed, group]) => [` seed ${seed}`, group]);
}

function isOneSeed(runs: readonly RunPoint[]): boolean {
  return runs.every((run) => run.seed === runs[0]!.seed);
}

function curveOf(key: string, runs: RunPoint[], settings: CurveSettings): Curve {
  const first = runs[0]!;
  const sizeKey = sizeKeyOf(first);
  const cellKey = settingKey(first, sizeKey, "");
  const points = lrPoints(runs, settings.loss);
  const seeds = isOneSeed(runs)
    ? [first.seed]
    : [...new Set(runs.map((run) => run.seed))].sort((p, q) => (p ?? -1) - (q ?? -1));
  return {
    key,
    sizeKey,
    cellKey,
    dims: dimsOf(first),
    seeds,
    points,
    noiseSd: seeds.length > 1 ? noiseOfMeans(runs, points, settings.loss) : null,
  };
}

const UNKNOWN = Object.fromEntries(shared.map((d) => [d, null])) as Record<Shared, unknown>;

/** A copy of one object, filled in: made of entries, the engine would make each of them a hash table. */
function dimsOf(run: RunPoint): CurveDims {
  const dims = { ...UNKNOWN };
  for (const d of shared) dims[d] = run[d] ?? null;
  return dims as CurveDims;
}

const lrKeys = new Map<number, string>();
const MOST_LR_KEYS = 10_000;

/** Logs in single precision give 0.0010000000475 for 0.001; six digits tell grid points apart. */
function lrKey({ peakLr }: { peakLr: number }): string {
  let key = lrKeys.get(peakLr);
  if (key === undefined) {
    if (lrKeys.size >= MOST_LR_KEYS) lrKeys.clear();
    key = peakLr.toPrecision(6);
    lrKeys.set(peakLr, key);
  }
  return key;
}

function lrPoints(runs: RunPoint[], choice: LossChoice): LrPoint[] {
  const losses = soundLosses(runs, choice);
  const byLr = new Map<string, LrGroup>();
  runs.forEach((run, i) => {
    const key = lrKey(run);
    let group = byLr.get(key);
    if (!group) {
      group = { lr: run.peakLr, losses: [], runIds: [], seen: [], n: 0 };
      byLr.set(key, group);
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
    const tooHigh = loss > DIVERGED_FACTOR * lowest || (quartile !== null && quartile !== undefined && loss > quartile);
    return tooHigh ? null : loss;
  });
}

/** Residual sd of loss ~ LR + seed over the square root of the number of seeds; needs two seeds at two LRs. */
function noiseOfMeans(runs: RunPoint[], points: LrPoint[], choice: LossChoice): number | null {
  const usable = new Set(points.filter((p) => p.nDiverged === 0).map((p) => lrKey({ peakLr: p.lr })));
  const bySeed = groupBy(
    runs.filter((run) => usable.has(lrKey(run))),
    (run) => String(run.seed),
  );
  const rows = [...bySeed.values()].map((group) =>
    [...groupBy(group, lrKey).values()]
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

function compare(p: string, q: string): number {
  return p < q ? -1 : p > q ? 1 : 0;
}
