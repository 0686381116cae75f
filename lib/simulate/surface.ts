import type { RunPoint } from "../run";
import { normals } from "./normals";

/**
 * A made-up sweep of the quickstart's design: ln eta = ln A + c ln batch + b ln T + d ln N, blurred by what trunks
 * (size, batch) have in common and by what curves have of their own; losses with noise, an effect of the seed of each
 * curve, curvatures that differ, and a third power that makes curves steeper above their optimum.
 */
export type SurfaceDesign = {
  law: { lnA: number; c: number; b: number; d: number };
  /** Second derivative of ln c and ln T laws: 0 for a straight one. */
  bend: number;
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
  /** Seeds of each curve; `uneven`: the second seed has every other rate alone. */
  seeds: number;
  uneven: boolean;
};

export const quickstartDesign: SurfaceDesign = {
  law: { lnA: -1.5, c: 0.6, b: -0.35, d: -0.05 },
  bend: 0,
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
  seeds: 1,
  uneven: false,
};

/** ln of the best rate by the planted law, at its middle where it bends. */
export function plantedOptimum(
  design: SurfaceDesign,
  at: { params: number; batchSeqs: number; tokens: number },
): number {
  const { lnA, c, b, d } = design.law;
  const middle = Math.log(design.batches[design.batches.length >> 1]!);
  const lnBatch = Math.log(at.batchSeqs);
  return lnA + c * lnBatch + b * Math.log(at.tokens) + d * Math.log(at.params) + design.bend * (lnBatch - middle) ** 2;
}

/** The design drawn once; equal seeds give equal runs. */
export function plantedSurface(design: SurfaceDesign, seed: number): RunPoint[] {
  const normal = normals(seed + 1_000_000);
  const runs = curvesOf(design, seed).flatMap((of) => curve(design, of, normal));
  return runs.map((run, i) => ({ ...run, runId: `run-${String(i).padStart(5, "0")}` }));
}

/** ln of the best rate of every curve of that draw, by "params batch tokens". */
export function trueOptima(design: SurfaceDesign, seed: number): Map<string, number> {
  return new Map(
    curvesOf(design, seed).map(({ params, batchSeqs, tokens, optimum }) => [
      `${params} ${batchSeqs} ${tokens}`,
      optimum,
    ]),
  );
}

function curvesOf(design: SurfaceDesign, seed: number): CurveOf[] {
  const normal = normals(seed);
  return design.sizes.flatMap((params) =>
    design.batches.flatMap((batchSeqs) => {
      const trunk = Math.sqrt(design.trunkShare) * normal();
      return design.tokens.map((tokens) => {
        const own = Math.sqrt(1 - design.trunkShare) * normal();
        const optimum = plantedOptimum(design, { params, batchSeqs, tokens }) + design.scatter * (trunk + own);
        return { params, batchSeqs, tokens, optimum };
      });
    }),
  );
}

type CurveOf = { params: number; batchSeqs: number; tokens: number; optimum: number };

function curve(
  design: SurfaceDesign,
  { params, batchSeqs, tokens, optimum }: CurveOf,
  normal: () => number,
): RunPoint[] {
  const middleTokens = Math.sqrt(design.tokens[0]! * design.tokens.at(-1)!);
  const guess = plantedOptimum(design, { params, batchSeqs, tokens: design.fixedWindow ? middleTokens : tokens });
  const first = Math.round(guess / Math.LN2) - (design.rates >> 1);
  const k = design.curvature * Math.exp(design.curvatureScatter * normal());
  const floor = 1.2 + 6 * params ** -0.2 + 8 * tokens ** -0.2 + 0.004 * Math.log(batchSeqs / 6) ** 2;
  const runs: RunPoint[] = [];
  for (let s = 0; s < design.seeds; s++) {
    const effect = design.seedEffect * normal();
    for (let r = 0; r < design.rates; r++) {
      if (design.uneven && s > 0 && r % 2 === 1) continue;
      const x = (first + r) * Math.LN2;
      const d = x - optimum;
      const rise = k * d * d * Math.exp(design.cubic * d);
      const finalLoss = floor * Math.exp(rise + effect + design.noise * normal());
      runs.push(runOf({ params, batchSeqs, tokens, peakLr: Math.exp(x), finalLoss, seed: s + 1 }));
    }
  }
  return runs;
}

function runOf(
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
