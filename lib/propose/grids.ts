import { WEIGHT_SCALE } from "../estimate";
import { square } from "../portable";
import { paramCounts } from "../protocol";
import { plantedOptimum, quickstartDesign } from "../simulate";
import {
  PROXY_27K,
  PROXY_94K,
  PROXY_365K,
  PROXY_SCHEDULE,
  type SearchSpace,
  searchSpaceSchema,
  sweepJobs,
} from "../sweep";
import { measuredVariance } from "./information";

/** The run that a plan is for; `params` null: of any size. */
export type PlanTarget = { tokens: number; batchSeqs: number; params: number | null };

type Model = SearchSpace["models"][number];
/** A grid of which every combination is trained: `rates` a factor 2 apart about the guess of each batch. */
export type Grid = { models: Model[]; batches: number[]; tokens: number[]; rates: number; seeds: number[] };

/** How far the guess that centres the rates is off, as a standard deviation of ln LR: a factor of 2 either way. */
export const GUESS_SD = Math.LN2;

const K = 1024;
const ladder = (first: number, factor: number, n: number) => Array.from({ length: n }, (_, i) => first * factor ** i);
const { models } = searchSpaceSchema.parse({
  models: [PROXY_27K, PROXY_94K, PROXY_365K],
  batches: [{ batchSeqs: 8, learningRates: [0.004] }],
  tokens: [128 * K],
  schedule: PROXY_SCHEDULE,
});
const [small, middle, large] = models as [Model, Model, Model];
const MODELS_OF_ONE_SIZE = [[small], [middle], [large]];
const MODELS_OF_SIZES = [
  [small, middle],
  [middle, large],
  [small, large],
  [small, middle, large],
];
const TOKENS = [128, 256, 512, 1024, 4096, 16_384].flatMap((first) =>
  [2, 4].flatMap((factor) => [2, 3, 4, 5].map((n) => ladder(first * K, factor, n))),
);
const BATCHES = [2, 4, 8, 16, 32].flatMap((first) => [3, 4, 5].map((n) => ladder(first, 2, n)));
const RATES = [4, 5, 6, 7];
const SEEDS = [[2], [2, 3]];
/** The shortest run of a grid has this many steps at its largest batch. */
const LEAST_STEPS = 32;
/** Grids of more runs take too long to be drawn and fitted. */
const MOST_RUNS = 720;

/** Every grid that is considered for a target, with what it costs; the same for every budget. */
export function gridsFor({ params }: PlanTarget): { grid: Grid; costTokens: number }[] {
  const found: { grid: Grid; costTokens: number }[] = [];
  for (const sizes of params === null ? MODELS_OF_ONE_SIZE : MODELS_OF_SIZES)
    for (const tokens of TOKENS) {
      const trunk = trunkCost(sizes[0]!, tokens);
      for (const batches of BATCHES) {
        if (batches.at(-1)! * sizes[0]!.seqLen * LEAST_STEPS > tokens[0]!) continue;
        for (const rates of RATES)
          for (const seeds of SEEDS) {
            const trunks = sizes.length * batches.length * rates * seeds.length;
            if (trunks * tokens.length > MOST_RUNS) continue;
            found.push({ grid: { models: sizes, batches, tokens, rates, seeds }, costTokens: trunks * trunk });
          }
      }
    }
  return found;
}

/** What one trunk with its branches costs; the same for all sizes of a context, batches and rates. */
function trunkCost(model: Model, tokens: number[]): number {
  return sweepJobs(spaceOf({ models: [model], batches: [2], tokens, rates: 1, seeds: [2] }))[0]!.costTokens;
}

/** A grid as the axes of a sweep: the rates of a batch lie about the planted law at its middle length and size. */
export function spaceOf({ models: sizes, batches, tokens, rates, seeds }: Grid): SearchSpace {
  return searchSpaceSchema.parse({
    models: sizes,
    tokens,
    seeds,
    batches: batches.map((batchSeqs) => ({ batchSeqs, learningRates: ratesOf({ sizes, batchSeqs, tokens, rates }) })),
    schedule: PROXY_SCHEDULE,
  });
}

type Window = { sizes: Model[]; batchSeqs: number; tokens: number[]; rates: number };

/** On the presets' grid 0.001 x 2^k, rounded to its digits. */
function ratesOf({ sizes, batchSeqs, tokens, rates }: Window): number[] {
  const params = geometricMiddle(sizes.map((model) => paramCounts(model).nonEmbedding));
  const guess = plantedOptimum(quickstartDesign, { batchSeqs, params, tokens: geometricMiddle(tokens) });
  const first = Math.round((guess - Math.log(0.001)) / Math.LN2 - (rates - 1) / 2);
  return Array.from({ length: rates }, (_, i) => Number((0.001 * 2 ** (first + i)).toPrecision(10)));
}

const geometricMiddle = (values: readonly number[]) => Math.sqrt(Math.min(...values) * Math.max(...values));

/**
 * Variance of the target's ln LR by theory: generalised least squares on a full grid, whose regressors are independent
 * once centred. Trunks share a variance, so batch and size are known from trunks, length from within them.
 */
export function varianceFor(grid: Grid, target: PlanTarget): number {
  const { scatter, trunkShare } = quickstartDesign;
  const own = square(scatter) * (1 - trunkShare) + measured(grid);
  const ofTrunk = square(scatter) * trunkShare + own / grid.tokens.length;
  const trunks = grid.models.length * grid.batches.length;
  const sizes = grid.models.map((model) => paramCounts(model).nonEmbedding);
  return (
    ofTrunk / trunks +
    ofTrunk * (leverage(grid.batches, target.batchSeqs) / grid.models.length) +
    (own / trunks) * leverage(grid.tokens, target.tokens) +
    (target.params === null ? 0 : (ofTrunk / grid.batches.length) * leverage(sizes, target.params))
  );
}

/** (x - mean)^2 / sum of (x_i - mean)^2, in logarithms. */
function leverage(values: readonly number[], at: number): number {
  const x = values.map(Math.log);
  const mean = x.reduce((sum, v) => sum + v, 0) / x.length;
  return square(Math.log(at) - mean) / x.reduce((sum, v) => sum + square(v - mean), 0);
}

/** Variance of one curve's optimum by its losses, in the mean over lengths and guesses that are off. */
function measured({ tokens, rates, seeds }: Grid): number {
  const { law, curvature: k, noise } = quickstartDesign;
  const middleTokens = geometricMiddle(tokens);
  let information = 0;
  const misses = [-1, 0, 1].map((sd) => sd * 1.2 * GUESS_SD);
  for (const t of tokens)
    for (const miss of misses) {
      const best = miss + law.b * Math.log(t / middleTokens);
      const offsets = Array.from({ length: rates }, (_, i) => (i - (rates - 1) / 2) * Math.LN2 - best);
      information += 1 / measuredVariance(offsets, { k, noise: square(noise), weightScale: WEIGHT_SCALE });
    }
  return (tokens.length * misses.length) / information / seeds.length;
}
