import { describe, expect, it } from "vitest";
import { fitLaw, fitSettingsSchema } from "../../lib/fit";
import { mulberry32 } from "../../lib/fit/random";
import { type Grid, type PlantedLaw, plantedRuns } from "./planted-laws";

const DRAWS = 600;
/** Binomial: at a true 95% the count of 600 lies outside 92% to 98% less than once in a thousand. */
const [LEAST, MOST] = [0.92, 0.98];

/** Another law, grid and noise for every draw. */
function randomCase(seed: number): { law: PlantedLaw; grid: Grid } {
  const u = mulberry32(seed);
  const between = (low: number, high: number) => low + (high - low) * u();
  const count = (low: number, high: number) => Math.floor(between(low, high + 1));
  const powers = (first: number, n: number, factor: number) => Array.from({ length: n }, (_, i) => first * factor ** i);
  return {
    law: {
      lnA: between(-3, 3),
      c: between(0.3, 1.1),
      b: between(-0.6, -0.2),
      d: between(-0.3, 0.1),
      scatter: between(0.05, 0.3),
      lossNoise: between(0, 0.0005),
    },
    grid: {
      sizes: powers(between(1e7, 5e7), count(3, 4), 3),
      tokens: powers(between(1e9, 4e9), count(3, 6), 2),
      batches: powers(16, count(3, 5), 2),
      ratesPerCurve: 7,
    },
  };
}

describe.each([
  ["power-free-size", { "ln A": "lnA", c: "c", b: "b", d: "d" }],
  ["power-free", { c: "c", b: "b" }],
] as const)("95%% intervals of %s over made-up sweeps", (form, coefficients) => {
  const inside: Record<string, number> = {};
  const bias: Record<string, number[]> = {};
  for (let draw = 0; draw < DRAWS; draw++) {
    const { law, grid } = randomCase(1_000 + draw);
    const truth = form === "power-free" ? { ...law, d: 0 } : law;
    const { fit } = fitLaw(plantedRuns(truth, grid, 50_000 + draw), fitSettingsSchema.parse({ form }));
    if (fit?.kind !== "lr") throw new Error(`draw ${draw} gave no law`);
    for (const c of fit.regression.coefficients) {
      const name = coefficients[c.name as keyof typeof coefficients];
      if (name === undefined) continue;
      const planted = truth[name as keyof PlantedLaw];
      inside[c.name] = (inside[c.name] ?? 0) + (c.t.low <= planted && planted <= c.t.high ? 1 : 0);
      bias[c.name] = [...(bias[c.name] ?? []), (c.value - planted) / c.se];
    }
  }

  it.each(Object.keys(coefficients))("hold the planted %s at the right rate, without bias", (name) => {
    const rate = inside[name]! / DRAWS;
    expect(rate).toBeGreaterThanOrEqual(LEAST);
    expect(rate).toBeLessThanOrEqual(MOST);
    const mean = bias[name]!.reduce((sum, v) => sum + v, 0) / DRAWS;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(DRAWS));
  });
});

it("the bootstrap over trunks and the t interval agree on independent optima", () => {
  let [t, bootstrap] = [0, 0];
  for (let draw = 0; draw < 30; draw++) {
    const { law } = randomCase(9_000 + draw);
    const grid = {
      sizes: [1e7, 3e7, 9e7],
      tokens: [1e9, 2e9, 4e9, 8e9, 16e9, 32e9],
      batches: [16, 32, 64, 128, 256, 512],
      ratesPerCurve: 7,
    };
    const settings = fitSettingsSchema.parse({ form: "power-free-size", bootstrap: 500, seed: draw });
    const { fit } = fitLaw(plantedRuns(law, grid, draw), settings);
    if (fit?.kind !== "lr") throw new Error("no law");
    const b = fit.regression.coefficients.find((c) => c.name === "b")!;
    t += b.t.high - b.t.low;
    bootstrap += b.bootstrap!.high - b.bootstrap!.low;
  }
  expect(bootstrap / t).toBeGreaterThan(0.8);
  expect(bootstrap / t).toBeLessThan(1.15);
});
