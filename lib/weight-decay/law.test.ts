import { describe, expect, it } from "vitest";
import { fitLaw, fitSettingsSchema } from "../fit";
import type { RunPoint } from "../run";
import { normals, plantedRun } from "../simulate";
import { decayOf, fitTimescale, predictWeightDecay, timescaleOf } from ".";

const RATES = [-2, -1, 0, 1, 2].map((p) => 0.01 * 2 ** p);
const settings = fitSettingsSchema.parse({ form: "power-free", paramDefinition: "total" });

/** Runs at several decays whose loss is least at tau = 0.5 (T / N)^-0.5, with the best rate at 0.01 whatever else. */
function swept(decays: number[], convention: RunPoint["weightDecayConvention"] = "coupled"): RunPoint[] {
  let i = 0;
  const normal = normals(7);
  return [1e5, 4e5].flatMap((params) =>
    [2 ** 18, 2 ** 20].flatMap((tokens) =>
      decays.flatMap((weightDecay) =>
        RATES.map((peakLr) => {
          const run = {
            ...plantedRun({ params, batchSeqs: 16, tokens, peakLr, seed: 1, finalLoss: 1 }),
            ...{ weightDecay, weightDecayConvention: convention, optimizer: "adamw" },
          };
          const tau = timescaleOf({ ...run, peakLr: 0.01 })!;
          const off = Math.log(tau / (0.5 * Math.sqrt(params / tokens)));
          const noise = 1e-4 * normal();
          const finalLoss = 3 * Math.exp(0.02 * Math.log(peakLr / 0.01) ** 2 + 0.01 * off ** 2 + noise);
          return { ...run, runId: `r${i++}`, finalLoss };
        }),
      ),
    ),
  );
}

const DECAYS = [0.03, 0.1, 0.3, 1, 3];

describe("the best timescale", () => {
  it("and its weight decay are those that were planted", () => {
    const optima = fitLaw(swept(DECAYS), settings).optima;
    const law = fitTimescale(optima, "total")!;
    expect(law.decays).toEqual(DECAYS);
    expect(law.m).toBeCloseTo(-0.5, 1);
    const point = { tokens: 2 ** 22, batchSeqs: 64, seqLen: 64, params: 1e6, lr: 0.01, convention: "coupled" };
    const { weightDecay, timescale, interval } = predictWeightDecay(law, point)!;
    const tau = 0.5 * Math.sqrt(1e6 / 2 ** 22);
    expect(timescale / tau).toBeCloseTo(1, 1);
    expect(weightDecay / ((64 * 64) / (0.01 * tau * 2 ** 22))).toBeCloseTo(1, 1);
    expect(interval!.low).toBeLessThan(weightDecay);
    expect(interval!.high).toBeGreaterThan(weightDecay);
    expect(timescaleOf({ ...point, peakLr: 0.01, weightDecay, weightDecayConvention: "coupled" })).toBeCloseTo(
      timescale,
      12,
    );
    expect(predictWeightDecay(law, { ...point, params: null })).toBeNull();
  });

  it("is none of runs with one decay, or without any", () => {
    expect(fitTimescale(fitLaw(swept([0.1]), settings).optima, "total")).toBeNull();
    const without = swept(DECAYS).map(({ weightDecay: _, ...run }) => run);
    expect(fitTimescale(fitLaw(without, settings).optima, "total")).toBeNull();
  });
});

it("independent decay is rate x decay already", () => {
  const point = { tokens: 1e6, batchSeqs: 10, seqLen: 100, params: null, lr: 0.01 };
  expect(decayOf({ ...point, convention: "independent" }, 0.5)).toBeCloseTo(0.002, 12);
  expect(decayOf({ ...point, convention: "coupled" }, 0.5)).toBeCloseTo(0.2, 12);
  expect(decayOf({ ...point, convention: null }, 0.5)).toBeCloseTo(0.2, 12);
});
