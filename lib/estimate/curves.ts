import {
  anyParams,
  type Dimension,
  type Dimensions,
  definitionOf,
  dimensionNames,
  lossLabels,
  type RunPoint,
  sizeKeyOf,
} from "../run";
import { compare, groupBy, hasResult, type LossChoice, type LrPoint, lrPoints, noiseOfMeans } from "./lr-points";
import { withNominalRates } from "./rates";

/**
 * How runs become curves. With `seeds: "average"` the seeds of a curve are averaged where all of them cover the same
 * LRs, and kept apart otherwise (averaging different LR sets would add the seed effect, 0.4-1% of the loss on small
 * models, to some LRs only).
 */
export type CurveSettings = { loss: LossChoice; seeds: "average" | "separate" };

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

/** What a loss is called beside the others. */
type LabelOf = (run: RunPoint) => string;

/** Token counts within that factor are one: rounding to whole steps moves them. */
export const SAME_TOKENS = 1.02;

/**
 * Groups runs into curves, ordered by size, tokens and batch. Runs without a positive LR are left out, and so are runs
 * that ended without a result: what is not known is not divergence.
 */
export function curvesOf(runs: readonly RunPoint[], settings: CurveSettings): Curve[] {
  const labelOf = lossLabels(runs);
  const curves: Curve[] = [];
  for (const size of sizesOf(runs.filter((run) => isPlottable(run) && hasResult(run, settings.loss)))) {
    const sizeKey = sizeKeyOf(size[0]!);
    for (const group of settingsOf(withNominalTokens(size))) {
      const members = withNominalRates(group);
      const { key, cellKey } = keysOf(members[0]!, sizeKey, labelOf);
      for (const [suffix, seeds] of seedGroups(members, settings))
        curves.push(curveOf({ key: key + suffix, cellKey, sizeKey }, seeds, settings));
    }
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

/**
 * Dimensions that are compared by name below: over names in a loop it takes several times as long on a page that was
 * just opened. Others are compared in the loop.
 */
const BY_NAME: readonly Dimension[] = [
  ...(["architecture", "parametrization", "width", "depth"] as const),
  ...(["paramsNonEmbedding", "paramsTotal", "paramsActive"] as const),
  ...(["seqLen", "schedule", "scheduleShape", "warmupTokens", "data"] as const),
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

/** What tells curves of one size, token count and batch apart, but for their losses, which are compared by name. */
const keyed = dimensionNames.filter((d) => {
  const { role } = definitionOf(d);
  return (role === "curve" || role === "recipe") && d !== "lossMetric" && d !== "lossTaken";
});
const otherCurves = keyed.filter((d) => !BY_NAME.includes(d));
/** Those that a key says by their names; the others it says in words of their own. */
const WORDED: readonly Dimension[] = ["seqLen", "schedule", "scheduleShape", "warmupTokens", "data"];
const named = keyed.filter((d) => !WORDED.includes(d));

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
    (p.scheduleShape ?? null) === (q.scheduleShape ?? null) &&
    (p.warmupTokens ?? null) === (q.warmupTokens ?? null) &&
    p.data === q.data &&
    isOfRecipe(p, q) &&
    agree(p, q, otherCurves) &&
    (p.lossMetric ?? null) === (q.lossMetric ?? null) &&
    (p.lossTaken ?? null) === (q.lossTaken ?? null)
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

/** A cell holds all batches, and all warmups, whose length often follows the batch. */
function keysOf(run: RunPoint, sizeKey: string, labelOf: LabelOf): Pick<Curve, "key" | "cellKey"> {
  const { batchSeqs, seqLen, schedule, scheduleShape: shape = null, warmupTokens: warmup = null, data } = run;
  const length = `${sizeKey} T${run.tokens}`;
  const trained = `${seqLen === null ? "" : ` L${seqLen}`} ${schedule}${shape === null ? "" : ` ${shape}`}`;
  let rest = data === null ? "" : ` on ${data}`;
  const loss = labelOf(run);
  if (loss) rest += ` by ${loss}`;
  for (const d of named) if (run[d] !== null && run[d] !== undefined) rest += ` ${d} ${run[d]}`;
  const warmed = warmup === null ? "" : `, warmup ${warmup}`;
  return { key: `${length} B${batchSeqs}${trained}${warmed}${rest}`, cellKey: length + trained + rest };
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
  const coverage = [...bySeed.values()].map((group) => [...new Set(group.map((run) => run.peakLr))].sort().join());
  if (settings.seeds === "average" && new Set(coverage).size === 1) return [["", runs]];
  return [...bySeed].map(([seed, group]) => [` seed ${seed}`, group]);
}

function isOneSeed(runs: readonly RunPoint[]): boolean {
  return runs.every((run) => run.seed === runs[0]!.seed);
}

function curveOf(
  { key, cellKey, sizeKey }: Pick<Curve, "key" | "cellKey" | "sizeKey">,
  runs: RunPoint[],
  settings: CurveSettings,
): Curve {
  const first = runs[0]!;
  const points = lrPoints(runs, settings.loss);
  const seeds = isOneSeed(runs)
    ? [first.seed]
    : [...new Set(runs.map((run) => run.seed))].sort((p, q) => (p ?? -1) - (q ?? -1));
  const noiseSd = seeds.length > 1 ? noiseOfMeans(runs, points, settings.loss) : null;
  return { key, sizeKey, cellKey, dims: dimsOf(first), seeds, points, noiseSd };
}

const UNKNOWN = Object.fromEntries(shared.map((d) => [d, null])) as Record<Shared, unknown>;

/** A copy of one object, filled in: made of entries, the engine would make each of them a hash table. */
function dimsOf(run: RunPoint): CurveDims {
  const dims = { ...UNKNOWN };
  for (const d of shared) dims[d] = run[d] ?? null;
  return dims as CurveDims;
}
