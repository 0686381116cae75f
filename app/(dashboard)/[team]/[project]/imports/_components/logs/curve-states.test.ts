import { expect, test } from "vitest";
import type { RunPoint } from "@/lib/run";
import { curveStates } from "./curve-states";

const RATES = [1, 2, 4, 8, 16].map((k) => k * 1e-3);

/** Runs of a curve of its own length whose best rate is `best`; rates from `diverges` on diverged. */
function curve(tokens: number, best: number, rates = RATES, diverges = Number.POSITIVE_INFINITY): RunPoint[] {
  return rates.map((peakLr) => ({
    runId: `${tokens} ${peakLr}`,
    state: peakLr >= diverges ? "diverged" : "finished",
    ...{ peakLr, tokens, batchSeqs: 8, seqLen: 256, data: null, seed: 0 },
    ...{ architecture: "dense", parametrization: "unknown", schedule: "wsd", width: 64, depth: 2 },
    ...{ paramsNonEmbedding: 1e6, paramsTotal: null, paramsActive: null },
    finalLoss: peakLr >= diverges ? null : 3 + 0.05 * Math.log(peakLr / best) ** 2,
  })) as RunPoint[];
}

test("says of each curve whether its best rate lies between its rates, at which edge, or cannot be told", () => {
  const points = [
    ...curve(1e6, 1e-4),
    ...curve(2e6, 1),
    ...curve(3e6, 4e-3, RATES.slice(0, 2)),
    ...curve(4e6, 0.1, RATES, 8e-3),
    ...curve(5e6, 4e-3),
    ...curve(6e6, 4e-3),
  ];
  const ids = points.filter((p) => p.tokens < 6e6).map((p) => p.runId);
  expect(curveStates(points, ids).map(({ optimum, state }) => [optimum.dims.tokens, state])).toEqual([
    [5e6, "optimum"],
    [4e6, "below-divergence"],
    [1e6, "cut-low"],
    [2e6, "cut-high"],
    [3e6, "too-few"],
  ]);
  expect(curveStates(points, [])).toEqual([]);
});
