import tQuantile from "@stdlib/stats-base-dists-t-quantile";
import { bestBatchAt, fitBatch, isBatchLaw } from "../batch";
import {
  expectedRegret,
  type FitSettingsInput,
  fitSettingsSchema,
  type LrFit,
  type LrForm,
  predictLr,
  sketchLaw,
} from "../fit";
import { normals } from "./normals";
import {
  plantedBestBatch,
  plantedOptimum,
  plantedSurface,
  quickstartDesign,
  type SurfaceDesign,
  trueOptimum,
} from "./surface";

const fourSizes: Partial<SurfaceDesign> = {
  law: { lnA: -1, c: 0.4, b: -0.2, d: -0.1 },
  sizes: [1e7, 3e7, 1e8, 3e8],
  batches: [32, 64, 128, 256, 512],
  tokens: [1e9, 4e9, 1.6e10, 6.4e10],
};

/** Designs over which intervals must hold what they say, each apart from the quickstart's in what its name says. */
export const COVERAGE_DESIGNS: Record<string, Partial<SurfaceDesign>> = {
  "independent optima": { trunkShare: 0 },
  "half of the variance in trunks": {},
  "four fifths of the variance in trunks": { trunkShare: 0.8 },
  "noisy losses": { noise: 0.004 },
  "two seeds": { seeds: 2 },
  "two seeds, the second on every other rate": { seeds: 2, uneven: true },
  "a window that stays, long runs cut off": {
    fixedWindow: true,
    rates: 4,
    tokens: [14, 16, 18, 20, 22].map((power) => 2 ** power),
  },
  "four rates a curve": { rates: 4 },
  "one size": { sizes: [94_208], law: { lnA: -1.5, c: 0.6, b: -0.35, d: 0 } },
  "four sizes, twenty trunks": fourSizes,
  "four sizes, rates that level off along the batch": {
    ...fourSizes,
    law: { ...fourSizes.law!, c: 0.7 },
    batches: [32, 64, 128, 256, 512, 1024],
    levelsAt: 256,
  },
  "a law that bends, second derivative -0.16": { bend: -0.08 },
  "a law that bends, second derivative 0.16": { bend: 0.08 },
  "one size, a law that bends, second derivative -0.16": {
    sizes: [94_208],
    law: { lnA: -1.5, c: 0.6, b: -0.35, d: 0 },
    bend: -0.08,
  },
  "four sizes, a law that bends, second derivative -0.16": { ...fourSizes, bend: -0.08 },
  "four sizes, rates of one timescale by tokens per parameter": {
    ...fourSizes,
    weightDecay: 0.1,
    law: { lnA: 6.5, c: 1, b: -0.5, d: -0.5 },
  },
  "four sizes, best batches that move to the edge": {
    ...fourSizes,
    seedEffect: 0.001,
    batch: { first: 48, beta: 0.4, bend: 0.02 },
  },
};

/** How many of the draws' intervals held the truth, and how wide they were in ln (of coefficients: in themselves). */
export type Coverage = { name: string; held: number; draws: number; meanWidth: number };

/** Draws a design many times and fits it; `form` knows the size where the design has several. */
export function coverageOf(part: Partial<SurfaceDesign>, draws: number, settings: FitSettingsInput = {}): Coverage[] {
  const design = { ...quickstartDesign, ...part };
  const form = formOf(design);
  const parsed = fitSettingsSchema.parse({ form, ...settings });
  const found = new Map<string, Coverage>();
  const add = (name: string, { low, high }: { low: number; high: number }, truth: number) => {
    const one = found.get(name) ?? { name, held: 0, draws: 0, meanWidth: 0 };
    found.set(name, one);
    one.draws++;
    one.meanWidth += (high - low - one.meanWidth) / one.draws;
    if (low <= truth && truth <= high) one.held++;
  };
  const normal = normals(4242);
  for (let draw = 0; draw < draws; draw++) {
    const runs = plantedSurface(design, 1_000 + draw);
    const sketch = sketchLaw(runs, { ...parsed, seed: draw });
    const fit = sketch.fit as LrFit | null;
    add("determined", { low: 0, high: fit ? 1 : 0 }, 0.5);
    if (!fit) continue;
    for (const c of fit.regression.coefficients) {
      const truth = truthOf(c.name, design);
      if (truth === undefined) continue;
      add(c.name, c.t, truth);
      if (c.bootstrap) add(`${c.name}, bootstrap`, c.bootstrap, truth);
    }
    for (const [where, at] of Object.entries(placesOf(design))) {
      const predicted = predictLr(fit, { ...at, seqLen: 64 })!;
      const truth = plantedOptimum(design, at);
      const optimum = truth + design.scatter * normal();
      add(`law ${where}`, inLn(predicted.confidence), truth);
      if (predicted.straight) add(`law ${where}, if straight`, inLn(predicted.straight), truth);
      add(`new optimum ${where}`, inLn(predicted.prediction), optimum);
      const regret = expectedRegret(sketch, predicted.lr, { ...at, seqLen: 64 });
      const paid = design.curvature * (Math.log(predicted.lr) - optimum) ** 2;
      if (regret) add(`regret ${where} (nine in ten)`, { low: 0, high: regret.p90 }, paid);
    }
    const batches = fitBatch(sketch.optima);
    for (const [where, { tokens }] of Object.entries(placesOf(design))) {
      const interval = isBatchLaw(batches) ? bestBatchAt(batches, tokens).interval : null;
      const truth = plantedBestBatch(design, tokens) + Math.log(64);
      if (interval) add(`best batch ${where}`, inLn(interval), truth);
    }
    for (const o of sketch.optima) {
      const { paramsTotal: params, batchSeqs, tokens } = o.dims;
      const truth = trueOptimum(design, 1_000 + draw, { params: params!, batchSeqs, tokens });
      if (!o.estimate?.se) continue;
      const half = tQuantile(0.975, 200) * o.estimate.se;
      const interval = { low: Math.log(o.estimate.lr) - half, high: Math.log(o.estimate.lr) + half };
      add("optimum of a curve", interval, truth);
      if (o.status.startsWith("censored")) add("optimum of a cut off curve", interval, truth);
    }
  }
  return [...found.values()];
}

/** The form that can be what was planted. */
function formOf({ sizes, levelsAt, weightDecay }: SurfaceDesign): LrForm {
  if (weightDecay !== null) return "timescale-ratio";
  if (levelsAt !== null) return "power-saturating";
  return sizes.length > 1 ? "power-free-size" : "power-free";
}

/** A planted coefficient; undefined for one that is only a matter of units. */
function truthOf(name: string, { law, levelsAt }: SurfaceDesign): number | undefined {
  if (name === "ln B0") return Math.log(levelsAt!);
  return name === "m" ? law.d : law[name as "c"];
}

/** Within the data, at four times the batch, and far outside: ten times as large and long besides. */
function placesOf({ sizes, batches, tokens }: SurfaceDesign) {
  const last = { params: sizes.at(-1)!, batchSeqs: 4 * batches.at(-1)!, tokens: tokens.at(-1)! };
  return {
    within: { params: sizes[0]!, batchSeqs: batches[1]!, tokens: tokens[1]! },
    "at four times the batch": last,
    far: { ...last, params: (sizes.length > 1 ? 10 : 1) * last.params, tokens: 10 * last.tokens },
  };
}

const inLn = ({ low, high }: { low: number; high: number }) => ({ low: Math.log(low), high: Math.log(high) });
