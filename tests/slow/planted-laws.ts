import type { RunPoint } from "../../lib/run";
import { normals, plantedRun } from "../../lib/simulate";

/** A law that made-up runs follow: ln eta = ln A + c ln batch + b ln T + d ln N, and what blurs it. */
export type PlantedLaw = { lnA: number; c: number; b: number; d: number; scatter: number; lossNoise: number };

export type Grid = { sizes: number[]; tokens: number[]; batches: number[]; ratesPerCurve: number };

/**
 * Synthetic runs whose optima scatter about a planted law by `scatter` in ln LR, independently, with parabolic loss
 * curves and noise on each loss. The learning rates are a factor 2 apart around the curve's own optimum.
 */
export function plantedRuns(law: PlantedLaw, grid: Grid, seed: number): RunPoint[] {
  const normal = normals(seed);
  const runs: RunPoint[] = [];
  for (const params of grid.sizes)
    for (const tokens of grid.tokens)
      for (const batchSeqs of grid.batches) {
        const center = law.lnA + law.c * Math.log(batchSeqs) + law.b * Math.log(tokens) + law.d * Math.log(params);
        const optimum = center + law.scatter * normal();
        const first = Math.round(optimum / Math.LN2) - Math.floor(grid.ratesPerCurve / 2);
        for (let k = 0; k < grid.ratesPerCurve; k++) {
          const x = (first + k) * Math.LN2;
          const floor = 1.7 + 400 * params ** -0.34 + 400 * tokens ** -0.28;
          const loss = floor + 0.02 * (x - optimum) ** 2 + law.lossNoise * normal();
          runs.push(run(runs.length, { params, tokens, batchSeqs, lr: Math.exp(x), loss }));
        }
      }
  return runs;
}

function run(i: number, of: { params: number; tokens: number; batchSeqs: number; lr: number; loss: number }): RunPoint {
  const { lr: peakLr, loss: finalLoss, ...place } = of;
  return {
    ...plantedRun({ ...place, peakLr, finalLoss, seed: 1 }),
    runId: `run-${String(i).padStart(5, "0")}`,
    seqLen: 2048,
  };
}
