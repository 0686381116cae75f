import { cellOfSeeds, groupBy, type Shape } from "../estimate";
import { curvesBehind, type FitSketch, type FittedOptimum, shapeFor } from "../fit";
import { median } from "../fit/linear";
import { type Regret, regretAt } from "../transfer";
import { caveatOf, whyNotComparable } from "./comparable";
import type { PublishedLaw, PublishedPoint } from "./law";
import { knowsBatch, type Place, paramsFor, placeIn, readPublished } from "./read";

/** A law's rate at one of the user's optima; `ratio` is over the optimum's own rate. */
export type PublishedCell = { key: string; rate: number; ratio: number; regret: Regret; place: Place };

/**
 * What following a published law would have cost on the user's own curves. Regrets are fractions of the loss over
 * `measured` and `outsideGrid` curves; those outside their grid count with what they give up at least. A rate among
 * diverged ones has no number and is counted apart. `medianRatio` is the law's rate over the curve's best.
 */
export type PublishedRegret = {
  id: string;
  /** Why the law is not compared with these runs; then nothing else is said. */
  reason: string | null;
  /** What must be known with the numbers. */
  caveat: string | null;
  /** Whether only the best batch of each size and tokens counts, as the law knows no batch. */
  bestBatch: boolean;
  curves: number;
  /** Curves at which the law has no rate, as it needs what they do not say; they are not among `curves`. */
  unread: number;
  outsideGrid: number;
  diverged: number;
  medianRatio: number | null;
  medianRegret: number | null;
  maxRegret: number | null;
  /** Curves inside and outside what the source's runs spanned; of the others it is not known. */
  inside: number;
  outside: number;
  cells: PublishedCell[];
};

/**
 * Regret in loss of a law's rate at every optimum of a fit: by the shape of the surface where the fit has one, else on
 * straight lines between the measured points of each curve (then its own optimum costs a little too).
 */
export function publishedRegret(result: FitSketch, law: PublishedLaw): PublishedRegret {
  const behind = optimaBehind(result);
  const bestBatch = !knowsBatch(law);
  const dims = behind.map((o) => o.dims);
  const refused = (reason: string) => ({ ...summary(law.id, []), unread: 0, bestBatch, reason, caveat: null });
  const reason = whyNotComparable(law, dims);
  if (reason) return refused(reason);
  const optima = bestBatch ? bestBatches(behind) : behind;
  const readings = optima.map((o) => readPublished(law, "rate", pointOf(law, o)));
  const cells = optima.flatMap((o, i) =>
    readings[i]!.value === null ? [] : [cellOf(result, law, o, readings[i]!.value)],
  );
  if (cells.length === 0) return refused(readings[0]!.reason!);
  const unread = optima.length - cells.length;
  return { ...summary(law.id, cells), unread, bestBatch, reason: null, caveat: caveatOf(law, dims) };
}

/** The curves with an estimate behind the law of a fit; without a law those that would be. */
export function optimaBehind({ fit, optima }: Pick<FitSketch, "fit" | "optima">): FittedOptimum[] {
  const behind = fit?.kind === "lr" ? curvesBehind(fit) : null;
  return optima.filter((o) => o.estimate && (behind ? behind.has(o.key) : o.used));
}

/**
 * Where a law is read for a curve: with N by the law's count, else by the one that is known, which `caveatOf` says. A
 * curve's loss is on another text than the law's.
 */
export function pointOf(law: PublishedLaw, { dims }: Pick<FittedOptimum, "dims">): PublishedPoint {
  const { tokens, batchSeqs, seqLen } = dims;
  return { tokens, batchSeqs, seqLen, params: paramsFor(law, dims) };
}

/** The batch with the least estimated loss of each size and tokens; of bracketed curves where there are any. */
function bestBatches(optima: readonly FittedOptimum[]): FittedOptimum[] {
  return [...groupBy(optima, cellOfSeeds).values()].map((cell) => {
    const bracketed = cell.filter((o) => o.status === "ok");
    const of = bracketed.length > 0 ? bracketed : cell;
    return of.reduce((best, o) => (o.estimate!.loss < best.estimate!.loss ? o : best));
  });
}

function cellOf(result: FitSketch, law: PublishedLaw, o: FittedOptimum, rate: number): PublishedCell {
  const shape = shapeFor(result, o.sizeKey);
  return {
    key: o.key,
    rate,
    ratio: rate / o.estimate!.lr,
    regret: shape ? shapeRegret(shape, o, rate) : regretAt(o, rate),
    place: placeIn(law, pointOf(law, o), o.dims.architecture),
  };
}

/** Off the shape of a surface within the rates that were tried; beyond them at least what their edge costs. */
function shapeRegret(shape: Shape, o: FittedOptimum, rate: number): Regret {
  const measured = regretAt(o, rate);
  if (measured.kind === "diverged") return measured;
  const best = o.estimate!.lr;
  if (measured.kind === "measured") return { kind: "measured", value: rise(shape, Math.log(rate / best)) };
  const sound = o.points.filter((p) => p.loss !== null).map((p) => p.lr);
  const edge = rate < sound[0]! ? sound[0]! : sound[sound.length - 1]!;
  // Where the optimum lies beyond the same edge, nothing says how near the rate is to it.
  const rises = rate < edge ? edge <= best : edge >= best;
  return { kind: "outside-grid", atLeast: rises ? rise(shape, Math.log(edge / best)) : 0 };
}

/** Loss over the least, as a fraction, u = ln LR - ln best LR away; level beyond where the cubic would turn back. */
function rise({ k, g }: Shape, u: number): number {
  const turn = g === 0 ? Number.POSITIVE_INFINITY : (-2 * k) / (3 * g);
  const d = turn > 0 ? Math.min(u, turn) : Math.max(u, turn);
  return Math.expm1(k * d * d + g * d * d * d);
}

type Summary = Omit<PublishedRegret, "reason" | "caveat" | "bestBatch" | "unread">;

function summary(id: string, cells: PublishedCell[]): Summary {
  const costs = cells.flatMap(({ regret }) => {
    if (regret.kind === "diverged") return [];
    return [regret.kind === "measured" ? regret.value : regret.atLeast];
  });
  return {
    id,
    curves: cells.length,
    outsideGrid: cells.filter((c) => c.regret.kind === "outside-grid").length,
    diverged: cells.filter((c) => c.regret.kind === "diverged").length,
    medianRatio: cells.length > 0 ? median(cells.map((c) => c.ratio)) : null,
    medianRegret: costs.length > 0 ? median(costs) : null,
    maxRegret: costs.length > 0 ? Math.max(...costs) : null,
    inside: cells.filter((c) => c.place === "inside").length,
    outside: cells.filter((c) => c.place === "outside").length,
    cells,
  };
}
