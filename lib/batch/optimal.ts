import { cellOfSeeds, groupBy, NEAR_OPTIMAL } from "../estimate";
import { type FittedOptimum, fitStationary, type Range, type Stationary } from "../fit";
import { counted } from "../format";

/** What batches are counted in: sequences where some runs have no sequence length. */
export type BatchUnit = "tokens" | "sequences";

/**
 * The batch of the least estimated loss (`best`, in the unit of the law) among those of one size and token count, and
 * whether others lie about it.
 */
export type CellBatch = {
  cellKey: string;
  sizeKey: string;
  tokens: number;
  /** Batches with a bracketed curve, ascending, in the unit of the law. */
  batches: number[];
  best: number;
  status: "inside" | "smallest tried" | "largest tried" | "one batch";
};

/** Law of the best batch, B = c T^beta, over all sizes: B in `unit`, T in tokens, `tokens` the range of the data. */
export type BatchLaw = {
  unit: BatchUnit;
  cells: CellBatch[];
  /** Null of runs of one token count: then there is one best batch for all. */
  beta: number | null;
  tokens: Range;
  /** ln loss = least + k (ln batch - ln best)^2. */
  k: number;
  /** In ln batch, with ln T less `center` as what it goes with. */
  law: Stationary;
  center: number;
};

/**
 * The best batch for a token count, in `unit`: 95% interval of the law, and batches that cost no more than 0.25% of the
 * loss.
 */
export type BestBatchAt = { unit: BatchUnit; best: number; interval: Range | null; near: Range };

export type NoBatchLaw = { reason: string; cells: CellBatch[] };

/** Batches whose loss is farther than that above the best of their cell say little of where it lies. */
const WINDOW = Math.log(1.03);

/**
 * Best batch from the estimated least losses of bracketed curves: one parabola in ln batch for all cells, whose place
 * goes with the token count. Cells whose best batch lies at the edge of those tried count too.
 */
export function fitBatch(optima: readonly FittedOptimum[]): BatchLaw | NoBatchLaw {
  const read = optima.filter((o) => o.used && o.status === "ok" && o.estimate !== null && o.estimate.loss > 0);
  const unit: BatchUnit = read.some((o) => o.dims.seqLen === null) ? "sequences" : "tokens";
  const batchOf = ({ dims }: FittedOptimum) => (unit === "tokens" ? dims.batchSeqs * dims.seqLen! : dims.batchSeqs);
  const groups = [...groupBy(read, cellOfSeeds).values()];
  const cells = groups.map((group) => cellOf(group, batchOf));
  if (!cells.some((cell) => cell.batches.length > 2))
    return { reason: "No size and token count has bracketed curves at three batches or more.", cells };
  const tokens = read.map((o) => o.dims.tokens);
  const center = tokens.reduce((sum, t) => sum + Math.log(t), 0) / tokens.length;
  const moves = new Set(tokens).size > 1;
  const law = fitStationary(
    groups.flatMap((group) => pointsOf(group, batchOf, (t) => (moves ? [1, Math.log(t) - center] : [1]))),
  );
  if (!law) return { reason: flatReason(cells), cells };
  return {
    ...{ unit, cells, law, center, k: law.k, beta: moves ? law.theta[1]! : null },
    tokens: { low: Math.min(...tokens), high: Math.max(...tokens) },
  };
}

export function isBatchLaw(of: BatchLaw | NoBatchLaw): of is BatchLaw {
  return "law" in of;
}

/** The best batch at a token count, in the unit of the law. */
export function bestBatchAt({ law, center, unit, beta, k }: BatchLaw, tokens: number): BestBatchAt {
  const { best, low, high } = law.at(beta === null ? [1] : [1, Math.log(tokens) - center]);
  const half = Math.sqrt(Math.log(1 + NEAR_OPTIMAL) / k);
  const interval = low === null || high === null ? null : { low: Math.exp(low), high: Math.exp(high) };
  return {
    unit,
    best: Math.exp(best),
    interval,
    near: { low: Math.exp(best - half), high: Math.exp(best + half) },
  };
}

function cellOf(group: readonly FittedOptimum[], batchOf: (o: FittedOptimum) => number): CellBatch {
  const least = group.reduce((p, q) => (q.estimate!.loss < p.estimate!.loss ? q : p));
  const batches = [...new Set(group.map(batchOf))].sort((p, q) => p - q);
  const best = batchOf(least);
  const { cellKey, sizeKey, dims } = least;
  return { cellKey, sizeKey, tokens: dims.tokens, batches, best, status: statusOf(best, batches) };
}

function statusOf(best: number, batches: readonly number[]): CellBatch["status"] {
  if (batches.length === 1) return "one batch";
  if (best === batches[0]) return "smallest tried";
  return best === batches.at(-1) ? "largest tried" : "inside";
}

function pointsOf(
  group: readonly FittedOptimum[],
  batchOf: (o: FittedOptimum) => number,
  z: (tokens: number) => number[],
) {
  const least = Math.min(...group.map((o) => Math.log(o.estimate!.loss)));
  return group.flatMap((o) => {
    const y = Math.log(o.estimate!.loss);
    if (y - least > WINDOW) return [];
    const { sizeKey, dims } = o;
    const cell = cellOfSeeds(o);
    return [{ cell, trunk: `${sizeKey} B${dims.batchSeqs}`, x: Math.log(batchOf(o)), y, z: z(dims.tokens) }];
  });
}

function flatReason(cells: readonly CellBatch[]): string {
  const of = (status: CellBatch["status"]) => cells.filter((cell) => cell.status === status).length;
  const edges = `${of("smallest tried")} of ${counted(cells.length, "best batch", "best batches")} are the smallest tried, ${of("largest tried")} the largest`;
  return `The least losses do not bend upwards along the batch, so that no best one is seen (${edges}). Try smaller or larger batches.`;
}
