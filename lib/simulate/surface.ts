import { square } from "../portable";
import type { RunPoint } from "../run";
import { normalOf } from "./normals";

/**
 * A made-up sweep of the quickstart's design: ln eta = ln A + c ln batch + b ln T + d ln N, blurred by what trunks
 * (size, batch) have in common and by what curves have of their own; losses with noise, an effect of the seed of each
 * curve, curvatures that differ, and a third power that makes curves steeper above their optimum. Sizes in parameters,
 * batches in sequences; `scatter` is a standard deviation of ln eta, `trunkShare` a fraction of its square, `curvature`
 * k of ln loss = least + k (ln eta)^2 and `curvatureScatter` the sd of ln k, `cubic` how fast ln k grows along ln eta,
 * `noise` and `seedEffect` standard deviations of ln loss.
 */
export type SurfaceDesign = {
  law: { lnA: number; c: number; b: number; d: number };
  /** Half the second derivative of ln eta along ln batch: 0 for a straight law. */
  bend: number;
  /** Batch at which the best rate levels off; null for a power law. */
  levelsAt: number | null;
  sizes: number[];
  batches: number[];
  tokens: number[];
  /** Learning rates of a window, a factor 2 apart, centred on the law as it was guessed beforehand. */
  rates: number;
  /** Whether the window stays where it is for all token counts, so that long runs are censored. */
  fixedWindow: boolean;
  scatter: number;
  trunkShare: number;
  curvature: number;
  curvatureScatter: number;
  cubic: number;
  noise: number;
  seedEffect: number;
  /** Loss = least + bend (ln batch - ln best)^2, best = first (T / shortest T)^beta: what the best batch is. */
  batch: { first: number; beta: number; bend: number };
  /** Seeds of each curve; `uneven`: the second seed has every other rate alone. */
  seeds: number;
  uneven: boolean;
  /** That the runs say, times the rate; null for none. The law decides the best rates whatever it is. */
  weightDecay: number | null;
};

export const quickstartDesign: SurfaceDesign = {
  law: { lnA: -1.5, c: 0.6, b: -0.35, d: -0.05 },
  bend: 0,
  levelsAt: null,
  sizes: [26_624, 94_208],
  batches: [2, 4, 8, 16, 32],
  tokens: [2 ** 17, 2 ** 18, 2 ** 19, 2 ** 20],
  rates: 7,
  fixedWindow: false,
  scatter: 0.12,
  trunkShare: 0.5,
  curvature: 0.02,
  curvatureScatter: 0.2,
  cubic: 0.15,
  noise: 0.001,
  seedEffect: 0.004,
  batch: { first: 6, beta: 0, bend: 0.004 },
  seeds: 1,
  uneven: false,
  weightDecay: null,
};

/** ln of the best rate by the planted law, at its middle where it bends. */
export function plantedOptimum(
  design: SurfaceDesign,
  at: { params: number; batchSeqs: number; tokens: number },
): number {
  const { lnA, c, b, d } = design.law;
  const middle = Math.log(design.batches[design.batches.length >> 1]!);
  const lnBatch = Math.log(at.batchSeqs);
  const effective = design.levelsAt === null ? lnBatch : lnBatch - Math.log1p(at.batchSeqs / design.levelsAt);
  return (
    lnA + c * effective + b * Math.log(at.tokens) + d * Math.log(at.params) + design.bend * (lnBatch - middle) ** 2
  );
}

/** ln of the batch with the least loss at a token count. */
export function plantedBestBatch({ batch, tokens }: SurfaceDesign, at: number): number {
  return Math.log(batch.first) + batch.beta * Math.log(at / tokens[0]!);
}

type Place = { params: number; batchSeqs: number; tokens: number };

/** The design drawn once; equal seeds give equal runs. */
export function plantedSurface(design: SurfaceDesign, seed: number): RunPoint[] {
  return numbered(placesOf(design).flatMap((place) => curveAt(design, seed, place)));
}

/** More runs of the same draw, at any place and rate. */
export function plantedRuns(
  design: SurfaceDesign,
  seed: number,
  at: readonly (Place & { peakLr: number; seed: number })[],
): RunPoint[] {
  return numbered(
    at.map((one) => runAt(design, seed, one)),
    "more",
  );
}

/** ln of the best rate of a curve of that draw. */
export function trueOptimum(design: SurfaceDesign, seed: number, place: Place): number {
  const { params, batchSeqs, tokens } = place;
  const trunk = Math.sqrt(design.trunkShare) * normalOf(seed, 1, params, batchSeqs);
  const own = Math.sqrt(1 - design.trunkShare) * normalOf(seed, 2, params, batchSeqs, tokens);
  return plantedOptimum(design, place) + design.scatter * (trunk + own);
}

function placesOf({ sizes, batches, tokens }: SurfaceDesign): Place[] {
  return sizes.flatMap((params) =>
    batches.flatMap((batchSeqs) => tokens.map((t) => ({ params, batchSeqs, tokens: t }))),
  );
}

function curveAt(design: SurfaceDesign, draw: number, place: Place): RunPoint[] {
  const middleTokens = Math.sqrt(design.tokens[0]! * design.tokens.at(-1)!);
  const guess = plantedOptimum(design, { ...place, tokens: design.fixedWindow ? middleTokens : place.tokens });
  const first = Math.round(guess / Math.LN2) - (design.rates >> 1);
  const runs: RunPoint[] = [];
  for (let s = 0; s < design.seeds; s++)
    for (let r = 0; r < design.rates; r++) {
      if (design.uneven && s > 0 && r % 2 === 1) continue;
      runs.push(runAt(design, draw, { ...place, peakLr: Math.exp((first + r) * Math.LN2), seed: s + 1 }));
    }
  return runs;
}

function runAt(design: SurfaceDesign, draw: number, of: Place & { peakLr: number; seed: number }): RunPoint {
  const { params, batchSeqs, tokens, peakLr, seed } = of;
  const k = design.curvature * Math.exp(design.curvatureScatter * normalOf(draw, 3, params, batchSeqs, tokens));
  const floor =
    1.2 +
    6 * Math.exp(-0.2 * Math.log(params)) +
    8 * Math.exp(-0.2 * Math.log(tokens)) +
    design.batch.bend * square(Math.log(batchSeqs) - plantedBestBatch(design, tokens));
  const d = Math.log(peakLr) - trueOptimum(design, draw, of);
  const effect = design.seedEffect * normalOf(draw, 4, params, batchSeqs, tokens, seed);
  const noise = design.noise * normalOf(draw, 5, params, batchSeqs, tokens, seed, peakLr);
  const finalLoss = floor * Math.exp(k * d * d * Math.exp(design.cubic * d) + effect + noise);
  const run = plantedRun({ params, batchSeqs, tokens, peakLr, finalLoss, seed });
  return design.weightDecay === null ? run : { ...run, weightDecay: design.weightDecay };
}

function numbered(runs: RunPoint[], prefix = "run"): RunPoint[] {
  return runs.map((run, i) => ({ ...run, runId: `${prefix}-${String(i).padStart(5, "0")}` }));
}

/** A finished run whose only differences from others are those given. */
export function plantedRun(
  of: { params: number } & Pick<RunPoint, "batchSeqs" | "tokens" | "peakLr" | "finalLoss" | "seed">,
): RunPoint {
  const { params, ...rest } = of;
  return {
    runId: "",
    architecture: "dense",
    parametrization: "mup",
    width: null,
    depth: null,
    paramsTotal: params,
    paramsNonEmbedding: params,
    paramsActive: params,
    seqLen: 64,
    schedule: "wsd",
    data: "synthetic",
    state: "finished",
    ...rest,
  };
}
