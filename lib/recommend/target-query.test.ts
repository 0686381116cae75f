import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { curvesOf, optimumOf } from "../estimate";
import { fitLaw, fitSettingsSchema } from "../fit";
import { outcomeOf, parseTargetQuery, recommend, recommendationTargetSchema, targetDistance } from ".";

const base = recommendationTargetSchema.parse({ tokens: 1e12, batchSeqs: 1024, seqLen: 4096, params: 3e9 });

describe("a target from text", () => {
  it("reads numbers, words and the unknown over a base, and JSON", () => {
    const target = parseTargetQuery("tokens=2e12, batchSeqs=512,params=any,schedule=power", base);
    expect(target).toEqual({ ...base, tokens: 2e12, batchSeqs: 512, params: null, schedule: "power" });
    expect(parseTargetQuery('{"tokens":2e12}', base)).toEqual({ ...base, tokens: 2e12 });
    expect(parseTargetQuery("", base)).toEqual(base);
  });
  it.each(["tokens", "tokens=many", "speed=3", "{", "tokens=-1"])("quotes what is wrong with %s", (text) =>
    expect(() => parseTargetQuery(text, base)).toThrow(/^target: /),
  );
  it("is 0 from itself, an octave from its double, and far from another architecture", () => {
    expect(targetDistance(base, base)).toBe(0);
    expect(targetDistance(base, { ...base, tokens: 2e12 })).toBe(1);
    expect(targetDistance(base, { ...base, architecture: "moe" })).toBe(10);
  });
});

describe("the outcome of a recommendation", () => {
  const runs = quickstartRuns("quickstart-a.csv");
  const result = fitLaw(
    runs.filter((r) => r.width === 32),
    fitSettingsSchema.parse({ form: "power-free" }),
  );
  const cell = runs.filter((r) => r.width === 64 && r.tokens === 1_048_576 && r.batchSeqs === 8);
  const curve = optimumOf(curvesOf(cell, { lossMetric: "final", seeds: "average" })[0]!, "ew");
  const target = recommendationTargetSchema.parse({
    tokens: 1_048_576,
    batchSeqs: 8,
    seqLen: 64,
    params: 94_208,
    width: 64,
  });
  const advice = recommend(result, target)!;

  it("is measured on the target's own sweep", () => {
    const used = cell.find((r) => r.peakLr === 0.016)!;
    const outcome = outcomeOf(advice, { peakLr: used.peakLr, loss: used.loss, diverged: false }, curve);
    expect(outcome.regretOfAdvice).toMatchObject({ kind: "measured" });
    const [adviceRegret, usedRegret] = [outcome.regretOfAdvice, outcome.regretOfUsed].map((r) =>
      r?.kind === "measured" ? r.value : Number.NaN,
    );
    expect(usedRegret).toBeCloseTo(used.loss! / curve.argmin!.loss - 1, 12);
    expect(adviceRegret).toBeLessThan(0.01);
    expect(outcome.offLog2).toBeCloseTo(Math.log2(0.016 / advice.wsd!.peakLr), 12);
    expect(outcome.sentence).toMatch(/times the recommended rate.*costs 0\.\d\d% of the loss/);
  });

  it("says so where it cannot be", () => {
    const outcome = outcomeOf(advice, { peakLr: advice.wsd!.peakLr, loss: Number.NaN, diverged: true }, null);
    expect(outcome.sentence).toBe(
      "The run diverged. It followed the advice. The target has no sweep of its own, so how much a better rate would have gained is not known.",
    );
  });
});
