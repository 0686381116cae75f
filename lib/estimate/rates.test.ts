import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import type { RunPoint } from "../run";
import { type CurveSettings, curvesOf } from "./index";

const settings: CurveSettings = { loss: "held-out", seeds: "average" };
const base = quickstartRuns("quickstart-a.csv")[0]!;
const runsAt = (rates: readonly number[], overrides: Partial<RunPoint> = {}): RunPoint[] =>
  rates.map((peakLr, i) => ({ ...base, runId: `r${i}-${overrides.seed ?? 1}`, peakLr, seed: 1, ...overrides }));
const ratesOf = (runs: readonly RunPoint[]) => curvesOf(runs, settings).map((c) => c.points.map((p) => p.lr));

describe("rates within a small share of a step of the grid", () => {
  it.each([
    ["a config's and a log's", [0.001, 0.00100003, 0.002, 0.004], [0.001, 0.002, 0.004]],
    ["rounded to five digits, the commonest", [1e-4, 2.9999e-4, 3e-4, 3e-4, 9e-4], [1e-4, 3e-4, 9e-4]],
    [
      "rounded to two digits on a grid of factor 2",
      [0.0014, Math.SQRT2 / 1000, 0.0028, 0.0057],
      [0.0014, 0.0028, 0.0057],
    ],
    ["three of them", [0.001, 0.00100002, 0.00100003, 0.002], [0.001, 0.002]],
    ["at the upper end", [0.001, 0.002, 0.00200001], [0.001, 0.002]],
    ["of single precision alone", [0.001, 0.0010000000474974513], [0.001]],
  ])("are one: %s", (_, rates, expected) => {
    expect(ratesOf(runsAt(rates))).toEqual([expected]);
    expect(ratesOf(runsAt([...rates].reverse()))).toEqual([expected]);
  });

  it.each([
    ["a grid of factor 1.05", Array.from({ length: 12 }, (_, i) => 1e-3 * 1.05 ** i)],
    ["two rates of it", [1e-3, 1.05e-3]],
    ["two rates of it far from the others", [1e-5, 1e-3, 1.05e-3, 1]],
    ["a grid of factor 1.005", Array.from({ length: 12 }, (_, i) => 1e-3 * 1.005 ** i)],
    ["a fine grid within a coarse one", [1e-3, 2e-3, 2.1e-3, 2.205e-3, 4e-3]],
  ])("are apart: %s", (_, rates) => expect(ratesOf(runsAt(rates))).toEqual([rates]));

  it("let seeds whose rates were rounded differently be averaged", () => {
    const runs = [...runsAt([0.001, 0.002, 0.004]), ...runsAt([0.00100003, 0.00199999, 0.004], { seed: 2 })];
    expect(ratesOf(runs)).toEqual([[0.001, 0.00199999, 0.004]]);
  });

  it("are found whatever the order, and once for all", () => {
    const rate = fc.constantFrom(1e-3, 1.00003e-3, 1.0002e-3, 1.005e-3, 1.05e-3, 2e-3, 2.02e-3, 4e-3);
    fc.assert(
      fc.property(fc.array(rate, { minLength: 1, maxLength: 20 }), fc.infiniteStream(fc.nat()), (rates, random) => {
        const shuffled = rates.map((r) => [random.next().value as number, r] as const).sort((p, q) => p[0] - q[0]);
        const [found] = ratesOf(runsAt(rates));
        expect(ratesOf(runsAt(shuffled.map(([, r]) => r)))).toEqual([found]);
      }),
    );
  });
});
