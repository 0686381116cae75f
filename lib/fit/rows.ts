import {
  type CurveDims,
  cellOfSeeds,
  groupBy,
  NEAR_OPTIMAL,
  type Optimum,
  type Reading,
  topBatches,
} from "../estimate";
import { square } from "../portable";
import { paramsBy } from "../run";
import { type FitSettings, topBatchesOf, usesBestBatch } from "./settings";

/** One observation of a regression. `se` is the standard error of ln eta, `params` follows the chosen definition. */
export type FitRow = {
  cellKey: string;
  /** Runs of one size and batch: they share their data order, and often a trunk, across token counts. */
  trunkKey: string;
  seedKey: string;
  sizeKey: string;
  curveKeys: string[];
  lr: number;
  se: number;
  /** Of an optimum that was read with a shape: what its error follows from. */
  reading?: { of: Reading; rates: Optimum["points"] };
  /** Least standard error of ln eta: of a rate that is read off the grid, what the grid leaves open; else 0. */
  floorSe: number;
  loss: number;
  /** Whether better rates lie on both sides of worse ones; of a surface, other curves count too. */
  bracketed: boolean;
  batchSeqs: number;
  seqLen: number | null;
  tokens: number;
  params: number | null;
  /** As the runs say it, by `weightDecayConvention`; null where they do not. Kept with laws of a timescale alone. */
  weightDecay?: number | null;
  weightDecayConvention?: string | null;
};

/** A curve with the part it plays in a fit; `leftOut` says in words why it plays none. */
export type FittedOptimum = Optimum & { used: boolean; leftOut: string | null };

const STATUS_WORDS: Record<Optimum["status"], string> = {
  ok: "",
  "censored-low": "its best LR is the lowest one tried",
  "censored-high": "its best LR is the highest one tried",
  "bracketed-by-divergence": "every LR above its best one diverged",
  "too-few": "it has fewer than three usable LRs",
  flat: "its losses differ by no more than the noise",
};

/** Marks the optima a fit uses: not excluded, of a chosen size, among the best batches of their cell, and bracketed. */
export function selectOptima(optima: readonly Optimum[], settings: FitSettings): FittedOptimum[] {
  const excluded = new Set(settings.excludedCurves);
  const sizes = settings.sizes && new Set(settings.sizes);
  const reason = new Map<string, string>();
  const candidates = optima.filter((o) => {
    if (excluded.has(o.key)) reason.set(o.key, "excluded by hand");
    else if (sizes && !sizes.has(o.sizeKey)) reason.set(o.key, "its size is not part of this fit");
    return !reason.has(o.key);
  });
  if (settings.estimator === "near-optimal") {
    for (const cell of groupBy(candidates, cellOfSeeds).values()) {
      const limit = nearOptimalLimit(cell);
      for (const o of cell) {
        if (!(o.argmin && o.argmin.loss <= limit)) {
          reason.set(o.key, "none of its runs is within 0.25% of the best of its size and tokens");
        }
      }
    }
    return optima.map((o) => ({ ...o, used: !reason.has(o.key), leftOut: reason.get(o.key) ?? null }));
  }
  const everyCurve = takesEveryCurve(settings);
  for (const cell of groupBy(candidates, cellOfSeeds).values()) {
    const top = new Set(topBatches(cell, topBatchesOf(settings)).map((o) => o.key));
    for (const o of cell) {
      if (everyCurve && o.estimate === null)
        reason.set(o.key, "it has fewer than two usable LRs, or its optimum lies far outside them");
      else if (o.status !== "ok" && !everyCurve) reason.set(o.key, STATUS_WORDS[o.status]);
      else if (o.estimate === null) reason.set(o.key, "the chosen estimator finds no minimum in it");
      else if (topBatchesOf(settings) !== "all" && !top.has(o.key))
        reason.set(o.key, `not among the ${topBatchesOf(settings)} best batches`);
    }
  }
  return optima.map((o) => ({ ...o, used: !reason.has(o.key), leftOut: reason.get(o.key) ?? null }));
}

/** Whether curves without a bracketed optimum take part: those of a surface, but where the best of a cell is sought. */
export function takesEveryCurve({ estimator, form }: FitSettings): boolean {
  return estimator === "surface" && form !== "chinchilla" && !usesBestBatch(form);
}

/** Whether a curve is missing from a fit only because its optimum is not bracketed. */
export function isUnbracketed(o: FittedOptimum): boolean {
  return !o.used && o.status !== "ok" && o.leftOut === STATUS_WORDS[o.status];
}

/** Observations of a regression over optima, one per used curve, or one per near-optimal run. */
export function rowsOf(optima: readonly FittedOptimum[], settings: FitSettings): FitRow[] {
  const used = optima.filter((o) => o.used);
  if (settings.estimator === "near-optimal") return nearOptimalRows(used, settings);
  return used.map((o) => {
    const { lr, se, loss, method, reading } = o.estimate!;
    const grid = gridSe(o.gridFactor);
    const bracketed = o.status === "ok";
    const floorSe = method === "argmin" ? grid : 0;
    return rowOf(o, settings, {
      bracketed,
      lr,
      loss,
      se: se ?? grid,
      reading: reading && { of: reading, rates: o.points },
      floorSe,
    });
  });
}

/** The best batch of every (size, tokens), by its estimated minimum; rows are of bracketed curves. */
export function bestBatchRows(rows: readonly FitRow[]): FitRow[] {
  return [...groupBy(rows, (row) => `${row.cellKey} seeds ${row.seedKey}`).values()].map((cell) =>
    cell.reduce((best, row) => (row.loss < best.loss ? row : best)),
  );
}

/** One row per (size, tokens) whose LR over batch is the mean of those of its rows (figure 4d of the paper). */
export function averagedRows(rows: readonly FitRow[]): FitRow[] {
  return [...groupBy(rows, (row) => `${row.cellKey} seeds ${row.seedKey}`).values()].map((cell) => {
    const gamma = cell.reduce((sum, row) => sum + row.lr / row.batchSeqs, 0) / cell.length;
    const variance =
      cell.reduce((sum, row) => sum + square((row.lr / row.batchSeqs) * row.se), 0) / square(cell.length);
    return {
      ...cell[0]!,
      // A mean over batches shares something with every other of its size.
      trunkKey: cell[0]!.sizeKey,
      curveKeys: cell.flatMap((row) => row.curveKeys),
      batchSeqs: 1,
      lr: gamma,
      loss: Math.min(...cell.map((row) => row.loss)),
      se: Math.sqrt(variance) / gamma,
      reading: undefined,
      floorSe: Math.max(...cell.map((row) => row.floorSe)) / Math.sqrt(cell.length),
    };
  });
}

/**
 * All runs within 0.25% of the lowest loss of their (size, tokens), as the Step Law and DeepSeek fits take them,
 * whatever the status of their curves: at a cell's best loss most batches are represented by one or two LRs only.
 */
function nearOptimalRows(used: FittedOptimum[], settings: FitSettings): FitRow[] {
  return [...groupBy(used, cellOfSeeds).values()].flatMap((cell) => {
    const limit = nearOptimalLimit(cell);
    return cell.flatMap((o) =>
      o.points
        .filter((p) => p.loss !== null && p.loss <= limit)
        .map((p) => {
          const se = gridSe(o.gridFactor);
          return rowOf(o, settings, { bracketed: true, lr: p.lr, loss: p.loss!, se, floorSe: se });
        }),
    );
  });
}

function nearOptimalLimit(cell: readonly Optimum[]): number {
  return (1 + NEAR_OPTIMAL) * Math.min(...cell.map((o) => o.argmin?.loss ?? Number.POSITIVE_INFINITY));
}

type Read = Pick<FitRow, "bracketed" | "lr" | "se" | "reading" | "floorSe" | "loss">;

/** Named rather than spread: the engine makes an object spread into this many fields a hash table. */
function rowOf(o: FittedOptimum, settings: FitSettings, read: Read): FitRow {
  const { batchSeqs, seqLen, tokens } = o.dims;
  return {
    cellKey: o.cellKey,
    trunkKey: `${o.sizeKey} B${batchSeqs}`,
    seedKey: o.seeds.length === 1 ? String(o.seeds[0] ?? "") : o.seeds.join(),
    sizeKey: o.sizeKey,
    curveKeys: [o.key],
    batchSeqs,
    seqLen,
    tokens,
    params: paramsOf(o.dims, settings),
    weightDecay: o.dims.weightDecay ?? null,
    weightDecayConvention: o.dims.weightDecayConvention ?? null,
    bracketed: read.bracketed,
    lr: read.lr,
    loss: read.loss,
    se: read.se,
    reading: read.reading,
    floorSe: read.floorSe,
  };
}

export function paramsOf(dims: CurveDims, settings: Pick<FitSettings, "paramDefinition">): number | null {
  return paramsBy(settings.paramDefinition, dims);
}

/** Sd of a value known only to lie within one step of the grid (uniform). */
function gridSe(gridFactor: number): number {
  return Math.log(gridFactor) / Math.sqrt(12);
}
