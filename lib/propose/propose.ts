import { WEIGHT_SCALE } from "../estimate";
import {
  type FitSketch,
  type FittedOptimum,
  formOf,
  knowsSize,
  type LawPoint,
  type LrFit,
  predictLr,
  shapeFor,
  takesBestBatch,
} from "../fit";
import { paramCount, tokenCount } from "../format";
import { square } from "../portable";
import { paramsBy, type RunPoint } from "../run";
import { Information, type Known, measuredVariance } from "./information";
import { type OpenCurve, openCurves } from "./open";

/**
 * A run to train next: batch in sequences, `params` by the fit's definition. `gain` is its share of what its curve
 * takes off the target's expected regret, a fraction of the loss.
 */
export type ProposedRun = {
  peakLr: number;
  batchSeqs: number;
  tokens: number;
  params: number | null;
  seed: number;
  costTokens: number;
  gain: number;
};

/**
 * Runs that are worth most, and the expected regret at the target (a fraction of the loss, of the law's error alone).
 */
export type Proposal = {
  runs: ProposedRun[];
  costTokens: number;
  regretNow: number;
  /** Once the queued and running runs that are counted, `open` of them, have a result. */
  regretOpen: number;
  open: number;
  /** Once the proposed runs have one too. */
  regretAfter: number;
  /** What the cheapest curve that was considered costs in tokens; null where none was. */
  cheapest: number | null;
  /** Whether another size, another seed or more of the same is worth most, in words. */
  sentence: string;
};

/** A place to train at, with what one run there costs where that is not its tokens. */
export type CandidatePoint = LawPoint & { costTokens?: number };
/** `open` are the project's queued and running runs: what they will tell is counted, and not asked for again. */
export type ProposeOptions = {
  target: LawPoint;
  budgetTokens: number;
  candidates?: readonly CandidatePoint[];
  open?: readonly RunPoint[];
};

/** Rates of a proposed curve about its predicted best: enough for a slope, in a shape that is known. */
const RATES = [0.5, 1, 2];
const MOST_CURVES = 200;

type Candidate = { point: LawPoint; known: Known; old: Known | null; cost: number; kind: "size" | "seed" | "curve" };

/**
 * The next curves by how much they take off the variance of the target's best rate for each token (greedy c-optimal
 * design), k times which is the regret that the law's error costs there. Given the variances of the surface all is
 * closed form. Null where the fit is of no surface, or leaves the batch out.
 */
export function proposeRuns(
  result: FitSketch,
  { target, budgetTokens, candidates, open = [] }: ProposeOptions,
): Proposal | null {
  const fit = result.fit?.kind === "lr" ? result.fit : null;
  const shape = shapeFor(result);
  if (!fit || !shape || !result.surface || takesBestBatch(fit) || !fit.regression.scatter) return null;
  const { design } = formOf(fit);
  const own = fit.regression.scatter.curve;
  const information = new Information(design(target).length, fit.regression.scatter.trunk);
  const rows = knownOf(fit);
  for (const row of rows.values()) information.add(row);
  const at = design(target);
  const now = information.varianceAt(at);
  if (now === null || !Number.isFinite(now)) return null;
  const asKnown = { k: shape.k, noise: result.surface.noise, weightScale: WEIGHT_SCALE };
  const underWay = openCurves(result, fit, open, (offsets) => 1 / measuredVariance(offsets, asKnown));
  for (const curve of underWay.curves) grow(rows, information, curve, { own, x: design(curve.point) });
  const before = information.varianceAt(at)!;
  const places = candidatesOf(fit, rows, candidates ?? defaultCandidates(fit, target), {
    measured: measuredVariance(RATES.map(Math.log), asKnown),
    own,
  });
  const best = bestOfKind(information, at, places, before, shape.k);
  const { chosen, left } = choose(information, at, places, { budgetTokens, now: before });
  const seedOf = seedsOf(fit, result.optima, underWay.curves);
  const runs = chosen.flatMap(({ candidate, gain }) =>
    runsOf(fit, candidate, { gain: gain * shape.k, seed: seedOf(candidate) }),
  );
  return {
    runs,
    costTokens: runs.reduce((sum, run) => sum + run.costTokens, 0),
    regretNow: shape.k * now,
    regretOpen: shape.k * before,
    open: underWay.counted,
    regretAfter: shape.k * left,
    cheapest: places.length > 0 ? Math.min(...places.map((candidate) => candidate.cost)) : null,
    sentence: sentenceOf(best),
  };
}

/** A curve as it will be known, in the place of what is known of it. */
function grow(
  rows: Map<string, Known>,
  information: Information,
  { point, precision }: OpenCurve,
  { own, x }: { own: number; x: number[] },
): void {
  const old = rows.get(keyOf(point));
  const known = old ? 1 / Math.max(old.variance - own, 1e-9) : 0;
  const after = { trunk: trunkOf(point), x, variance: 1 / (known + precision) + own };
  if (old) information.replace(old, after);
  else information.add(after);
  rows.set(keyOf(point), after);
}

/** What the curves of the fit say, by their place: of several seeds there, all together. */
function knownOf(fit: LrFit): Map<string, Known> {
  const { design } = formOf(fit);
  const { rows, scatter } = fit.regression;
  const known = new Map<string, Known>();
  for (const row of rows) {
    const own = scatter!.curve;
    const before = known.get(keyOf(row));
    const precision = 1 / Math.max(square(row.se), 1e-9) + (before ? 1 / (before.variance - own) : 0);
    known.set(keyOf(row), { trunk: trunkOf(row), x: design(row), variance: 1 / precision + own });
  }
  return known;
}

/** The seed that most curves have, and for a curve that is there the next one that it has not. */
function seedsOf(
  { paramDefinition }: LrFit,
  optima: readonly FittedOptimum[],
  open: readonly OpenCurve[],
): (of: Candidate) => number {
  const counts = new Map<number, number>();
  const highest = new Map<string, number>();
  for (const { dims, seeds } of optima) {
    const key = keyOf({ ...dims, params: paramsBy(paramDefinition, dims) });
    for (const seed of seeds) {
      if (seed === null) continue;
      counts.set(seed, (counts.get(seed) ?? 0) + 1);
      highest.set(key, Math.max(seed, highest.get(key) ?? 0));
    }
  }
  for (const { point, seed } of open) highest.set(keyOf(point), Math.max(seed, highest.get(keyOf(point)) ?? 0));
  const usual = [...counts].sort(([p, m], [q, n]) => n - m || p - q)[0]?.[0] ?? 1;
  return ({ point, old }) => (old ? (highest.get(keyOf(point)) ?? usual) + 1 : usual);
}

type PlaceOf = Pick<LawPoint, "params" | "batchSeqs" | "tokens">;
const keyOf = ({ params, batchSeqs, tokens }: PlaceOf) => `${params} ${batchSeqs} ${tokens}`;
const trunkOf = ({ params, batchSeqs }: LawPoint) => `${params} ${batchSeqs}`;

/** Sizes, batches and token counts of the fit, with the next ones towards the target. */
export function defaultCandidates(fit: LrFit, target: LawPoint): LawPoint[] {
  const { rows } = fit.regression;
  const sizes = withNext(
    rows.flatMap((row) => row.params ?? []),
    // A law without the size learns no more from another one.
    knowsSize(fit) ? target.params : null,
  );
  const batches = withNext(
    rows.map((row) => row.batchSeqs),
    target.batchSeqs,
  );
  const tokens = withNext(
    rows.map((row) => row.tokens),
    target.tokens,
  );
  const seqLen = rows[0]!.seqLen;
  return (sizes.length > 0 ? sizes : [null]).flatMap((params) =>
    batches.flatMap((batchSeqs) => tokens.map((t) => ({ params, batchSeqs, tokens: t, seqLen }))),
  );
}

/** Distinct values, with up to two more by a factor of 2 (or the grid's own) towards the target. */
function withNext(values: readonly number[], target: number | null): number[] {
  const distinct = [...new Set(values)].sort((p, q) => p - q);
  if (distinct.length === 0 || target === null) return distinct;
  const [low, high] = [distinct[0]!, distinct.at(-1)!];
  const step = distinct.length > 1 ? Math.max(2, Math.round(high / distinct.at(-2)!)) : 2;
  if (target > high) return [...distinct, ...[high * step, high * step * step].filter((v) => v <= target)];
  return target < low ? [...[low / step].filter((v) => v >= target), ...distinct] : distinct;
}

function candidatesOf(
  fit: LrFit,
  rows: Map<string, Known>,
  points: readonly CandidatePoint[],
  { measured, own }: { measured: number; own: number },
): Candidate[] {
  const { design } = formOf(fit);
  const sizes = new Set(fit.regression.rows.map((row) => row.params));
  return points.map((point) => {
    const old = rows.get(keyOf(point)) ?? null;
    // Of a curve that is there more runs make the same optimum surer.
    const variance = old ? 1 / (1 / Math.max(old.variance - own, 1e-9) + 1 / measured) + own : measured + own;
    return {
      point,
      old,
      known: { trunk: trunkOf(point), x: design(point), variance },
      cost: RATES.length * (point.costTokens ?? point.tokens),
      kind: old ? "seed" : sizes.has(point.params) ? "curve" : "size",
    };
  });
}

/** Greedily the curve with the largest gain per token that the budget still pays for. */
function choose(
  information: Information,
  at: readonly number[],
  open: readonly Candidate[],
  { budgetTokens, now }: { budgetTokens: number; now: number },
) {
  const chosen: { candidate: Candidate; gain: number }[] = [];
  const rest = new Set(open);
  let [budget, left] = [budgetTokens, now];
  while (chosen.length < MOST_CURVES) {
    let best: { candidate: Candidate; gain: number } | null = null;
    for (const candidate of rest) {
      if (candidate.cost > budget) continue;
      const variance = information.varianceAt(at, candidate.known, candidate.old ?? undefined);
      const gain = variance === null ? 0 : left - variance;
      if (gain > 0 && (!best || gain / candidate.cost > best.gain / best.candidate.cost)) best = { candidate, gain };
    }
    if (!best) break;
    const { candidate, gain } = best;
    if (candidate.old) information.replace(candidate.old, candidate.known);
    else information.add(candidate.known);
    rest.delete(candidate);
    chosen.push(best);
    budget -= candidate.cost;
    left -= gain;
  }
  return { chosen, left };
}

function runsOf(fit: LrFit, { point, cost }: Candidate, { gain, seed }: { gain: number; seed: number }): ProposedRun[] {
  const { lr } = predictLr(fit, point)!;
  return RATES.map((factor) => ({
    peakLr: Number((lr * factor).toPrecision(4)),
    ...{ batchSeqs: point.batchSeqs, tokens: point.tokens, params: point.params },
    seed,
    costTokens: cost / RATES.length,
    gain: gain / RATES.length,
  }));
}

type Best = Partial<Record<Candidate["kind"], { candidate: Candidate; perToken: number }>>;

/** The best single curve of each kind, by gain per token. */
function bestOfKind(
  information: Information,
  at: readonly number[],
  open: readonly Candidate[],
  now: number,
  k: number,
): Best {
  const best: Best = {};
  for (const candidate of open) {
    const variance = information.varianceAt(at, candidate.known, candidate.old ?? undefined);
    const perToken = variance === null ? 0 : (k * (now - variance)) / candidate.cost;
    if (perToken > (best[candidate.kind]?.perToken ?? 0)) best[candidate.kind] = { candidate, perToken };
  }
  return best;
}

const KINDS = {
  size: "another size",
  curve: "another curve at a known size",
  seed: "another seed of a known curve",
};

function sentenceOf(best: Best): string {
  const [first, ...others] = Object.values(best).sort((p, q) => q.perToken - p.perToken);
  if (!first) return "No run that was considered makes the target's rate surer.";
  const { params, batchSeqs, tokens } = first.candidate.point;
  const where = `${params === null ? "" : `N = ${paramCount(params)}, `}batch ${batchSeqs}, T = ${tokenCount(tokens)}`;
  const against = others.map(
    (other) => `${(first.perToken / other.perToken).toFixed(1)} times as much as ${KINDS[other.candidate.kind]}`,
  );
  const most = `For a token, ${KINDS[first.candidate.kind]} is worth most (${where})`;
  return against.length > 0 ? `${most}, ${against.join(" and ")}.` : `${most}.`;
}
