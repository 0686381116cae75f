import fc from "fast-check";
import { describe, expect, it } from "vitest";
import golden from "../../tests/golden/schedule.json";
import { decayFactor, decayShapes, kneeTokens, learningRate, optimalLearningRate, powerFromFit } from "./index";
import { meanLearningRate, schedulePoints } from "./power";
import { scheduleSchema } from "./schema";

describe("learningRate", () => {
  it.each(golden.cases.map((c) => [c.name, c] as const))("%s", (_name, c) => {
    const schedule = scheduleSchema.parse(c.schedule);
    for (const [n, expected] of c.points as [number, number][]) {
      const lr = learningRate(schedule, { batchSeqs: c.batchSeqs, totalTokens: c.totalTokens }, n);
      expect(Math.abs(lr - expected), `n = ${n}`).toBeLessThanOrEqual(
        c.relTol * Math.abs(expected) + 1e-14 * schedule.peakLr,
      );
    }
  });

  it("is continuous at the end of warmup and at the start of the decay", () => {
    const schedule = scheduleSchema.parse({ kind: "power", peakLr: 0.02, warmupTokens: 1e9, a: 4, b: -0.51 });
    const run = { batchSeqs: 128, totalTokens: 3.2e10 };
    for (const corner of [1e9, 2.88e10]) {
      expect(learningRate(schedule, run, corner + 1) / learningRate(schedule, run, corner - 1)).toBeCloseTo(1, 6);
    }
  });
});

describe("decayFactor", () => {
  it("falls monotonically from 1 to the final fraction", () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom(...decayShapes), unit, unit, unit, (shape, final, p, q) => {
        const [early, late] = p < q ? [p, q] : [q, p];
        expect(decayFactor(shape, 0, final)).toBe(1);
        expect(decayFactor(shape, 1, final)).toBe(final);
        expect(decayFactor(shape, late, final)).toBeLessThanOrEqual(decayFactor(shape, early, final) + 1e-15);
      }),
    );
  });
});

describe("power law", () => {
  it.each([
    [1024, 1e13, 0.0011042255411682956],
    [1024, 1e12, 0.003573203809417466],
    [128, 2e9, 0.01062777872278408],
    [128, 2.56e11, 0.000894881271427092],
    [16, 1.28e11, 0.00015929448120148833],
    [512, 1.28e11, 0.005097423398447627],
  ])("optimum at batch %d and %d tokens", (batch, tokens, expected) => {
    expect(optimalLearningRate({ a: 4.6, b: -0.51 }, batch, tokens) / expected).toBeCloseTo(1, 9);
  });

  it.each([
    [16, 7461791.243646116],
    [32, 29046779.519176226],
    [64, 113071429.2166882],
    [128, 440157164.29644036],
    [256, 1713415410.273153],
    [512, 6669872959.705587],
    [1024, 25964051117.947876],
    [2048, 101071182993.74129],
  ])("knee at batch %d", (batch, expected) => {
    expect(kneeTokens({ a: 4, b: -0.51, cap: 0.02 }, batch) / expected).toBeCloseTo(1, 9);
  });

  it("turns the paper's fit into the paper's schedule", () => {
    const power = powerFromFit({ a: 4.6, b: -0.51 });
    expect(power.a).toBeCloseTo(4, 12);
    expect(power).toMatchObject({ b: -0.51, cap: 0.02 });
  });
});

describe("schedulePoints", () => {
  it("contains the corners in order", () => {
    const schedule = scheduleSchema.parse({ kind: "power", peakLr: 0.02, warmupTokens: 1e8, a: 4, b: -0.51 });
    const points = schedulePoints(schedule, { batchSeqs: 128, totalTokens: 1e10 }, 10);
    const tokens = points.map(([n]) => n);
    expect(tokens).toEqual([...tokens].sort((p, q) => p - q));
    expect(tokens).toContain(1e8);
    expect(tokens).toContain(9e9);
    expect(tokens.some((n) => Math.abs(n / 440157164.29644036 - 1) < 1e-9)).toBe(true);
  });

  it("has the mean of a linear decay right", () => {
    const schedule = scheduleSchema.parse({ kind: "linear", peakLr: 0.01, warmupTokens: 0 });
    expect(meanLearningRate(schedule, { batchSeqs: 1, totalTokens: 1e6 })).toBeCloseTo(0.005, 9);
  });
});
