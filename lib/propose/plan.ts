import { fitSettingsSchema, predictLr, sketchLaw } from "../fit";
import { square } from "../portable";
import { paramCounts } from "../protocol";
import { normalOf, plantedOptimum, plantedRuns, quickstartDesign } from "../simulate";
import type { SearchSpace } from "../sweep";
import { type Grid, GUESS_SD, gridsFor, type PlanTarget, spaceOf, varianceFor } from "./grids";

export type { PlanTarget } from "./grids";

/** What a plan's law is expected to say of the target, by sweeps that were made up and fitted. */
export type Precision = {
  /** Half of the 95% interval of the target's rate, as a factor each way: the mean in ln LR. */
  factor: number;
  /** Mean loss that the law's error costs at the target, as a fraction of it. */
  regret: number;
  /** In how many of the draws the interval held the planted optimum. */
  held: number;
  draws: number;
  /** Draws that gave no law, as the rates were too far off: there the guess stands, with its own interval. */
  lawless: number;
};

/** A first sweep that a budget pays for. */
export type Plan = { space: SearchSpace; runs: number; costTokens: number; precision: Precision };

export type PlanOptions = { target: PlanTarget; budgetTokens: number };

/** Draws of every grid that theory puts ahead, and then of the best of them. */
const FIRST_DRAWS = 12;
const ALL_DRAWS = 60;
const FINALISTS = 4;
/** Of every number of rates, as theory knows least what they are worth. */
const AHEAD = 3;

/** Plans for a budget, the most precise first; none where it pays for no grid. Equal options give equal plans. */
export function planFor(options: PlanOptions): Plan[] {
  const steps = planning(options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The least that any plan for the target costs, in tokens. */
export function leastBudget(target: PlanTarget): number {
  return Math.ceil(Math.min(...gridsFor(target).map((one) => one.costTokens)));
}

/** The same search draw by draw, for who shows how far it is. */
export function* planning({ target, budgetTokens }: PlanOptions): Generator<{ done: number; total: number }, Plan[]> {
  const candidates = ahead(
    gridsFor(target).filter((one) => one.costTokens <= budgetTokens),
    target,
  ).map(({ grid, costTokens }) => ({ space: spaceOf(grid), costTokens, draws: [] as Draw[] }));
  const finalists = Math.min(FINALISTS, candidates.length);
  const total = candidates.length * FIRST_DRAWS + finalists * (ALL_DRAWS - FIRST_DRAWS);
  let done = 0;
  for (const rounds of [FIRST_DRAWS, ALL_DRAWS]) {
    for (const candidate of candidates)
      while (candidate.draws.length < rounds) {
        candidate.draws.push(drawn(candidate.space, target, 1 + candidate.draws.length));
        yield { done: ++done, total };
      }
    candidates.sort((p, q) => widthOf(p.draws) - widthOf(q.draws) || p.costTokens - q.costTokens);
    candidates.splice(FINALISTS);
  }
  return candidates.map(({ space, costTokens, draws }) => {
    const runs = space.batches.reduce((n, b) => n + b.learningRates.length, 0);
    return {
      space,
      runs: runs * space.models.length * space.tokens.length * space.seeds.length,
      costTokens,
      precision: precisionOf(draws),
    };
  });
}

type Priced = { grid: Grid; costTokens: number };

/** The grids that theory puts ahead, some of every number of rates. */
function ahead(grids: readonly Priced[], target: PlanTarget): Priced[] {
  const ranked = grids
    .map((one) => ({ ...one, variance: varianceFor(one.grid, target) }))
    .sort((p, q) => p.variance - q.variance || p.costTokens - q.costTokens);
  const taken = new Map<number, number>();
  return ranked.filter(({ grid }) => {
    const n = taken.get(grid.rates) ?? 0;
    taken.set(grid.rates, n + 1);
    return n < AHEAD;
  });
}

type Draw = { halfWidth: number; error: number; isLaw: boolean };

/** The space trained on a made-up surface whose law its rates were not centred on, and what the fit says. */
function drawn(space: SearchSpace, target: PlanTarget, draw: number): Draw {
  const { law } = quickstartDesign;
  const miss = GUESS_SD * normalOf(draw, 6);
  const design = { ...quickstartDesign, law: { ...law, lnA: law.lnA + miss } };
  const places = sweepPlaces(space);
  const form = target.params === null ? "power-free" : "power-free-size";
  const { fit } = sketchLaw(plantedRuns(design, draw, places), fitSettingsSchema.parse({ form }));
  const at = { ...target, seqLen: space.models[0]!.seqLen };
  const predicted = fit?.kind === "lr" ? predictLr(fit, at) : null;
  if (!predicted) return { halfWidth: 1.96 * GUESS_SD, error: miss, isLaw: false };
  const { low, high } = predicted.confidence;
  // A law without the size is of the one size that was trained.
  const truth = plantedOptimum(design, { ...target, params: target.params ?? places[0]!.params });
  const halfWidth = (Math.log(high) - Math.log(low)) / 2;
  return { halfWidth, error: Math.log(predicted.lr) - truth, isLaw: true };
}

function sweepPlaces(space: SearchSpace) {
  return space.models.flatMap((model) =>
    space.batches.flatMap(({ batchSeqs, learningRates }) =>
      space.tokens.flatMap((tokens) =>
        space.seeds.flatMap((seed) =>
          learningRates.map((peakLr) => ({ params: paramCounts(model).nonEmbedding, batchSeqs, tokens, seed, peakLr })),
        ),
      ),
    ),
  );
}

const widthOf = (draws: readonly Draw[]) => mean(draws.map((d) => d.halfWidth));

function precisionOf(draws: readonly Draw[]): Precision {
  return {
    factor: Math.exp(widthOf(draws)),
    regret: quickstartDesign.curvature * mean(draws.map((d) => square(d.error))),
    held: draws.filter((d) => Math.abs(d.error) <= d.halfWidth).length,
    draws: draws.length,
    lawless: draws.filter((d) => !d.isLaw).length,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}
