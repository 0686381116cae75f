import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { curvesOf, optimumOf } from "../estimate";
import { fitLaw, fitSettingsSchema } from "../fit";
import { type OutcomeRun, outcomeOf, parseTargetQuery, recommend, recommendationTargetSchema, targetDistance } from ".";

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
  const curve = optimumOf(curvesOf(cell, { loss: "held-out", seeds: "average" })[0]!, "ew");
  const target = recommendationTargetSchema.parse({
    tokens: 1_048_576,
    batchSeqs: 8,
    seqLen: 64,
    params: 94_208,
    width: 64,
  });
  const advice = recommend(result, target)!;
  const dims: OutcomeRun["dims"] = {
    ...{ tokens: 1_048_576, batchSeqs: 8, seqLen: 64, width: 64, depth: 2 },
    paramsTotal: 98_368,
    paramsNonEmbedding: 94_208,
    paramsActive: null,
    ...{ architecture: "dense", parametrization: "mup", schedule: "wsd 10% exp, 1% warmup" },
  };

  it("is measured on the target's own sweep", () => {
    const used = cell.find((r) => r.peakLr === 0.016)!;
    const outcome = outcomeOf(advice, { peakLr: used.peakLr, loss: used.finalLoss, diverged: false, dims }, curve);
    expect(outcome.regretOfAdvice).toMatchObject({ kind: "measured" });
    const [adviceRegret, usedRegret] = [outcome.regretOfAdvice, outcome.regretOfUsed].map((r) =>
      r?.kind === "measured" ? r.value : Number.NaN,
    );
    expect(usedRegret).toBeCloseTo(used.finalLoss! / curve.argmin!.loss - 1, 12);
    expect(adviceRegret).toBeLessThan(0.01);
    expect(outcome.offLog2).toBeCloseTo(Math.log2(0.016 / advice.wsd!.peakLr), 12);
    expect(outcome.sentence).toMatch(/times the recommended rate.*costs 0\.\d\d% of the loss/);
  });

  it("says so where it cannot be", () => {
    const outcome = outcomeOf(advice, { peakLr: advice.wsd!.peakLr, loss: Number.NaN, diverged: true, dims }, null);
    expect(outcome.sentence).toBe(
      "The run diverged. It followed the advice. The target has no sweep of its own, so how much a better rate would have gained is not known.",
    );
  });

  it("judges nothing on a run of another target, and says what differs", () => {
    const other = { ...dims, tokens: 2_097_152, batchSeqs: 16, width: 32, schedule: "cosine to 0.1" };
    const outcome = outcomeOf(advice, { peakLr: 0.016, loss: 2, diverged: false, dims: other }, curve);
    expect(outcome.differs.map((d) => d.dimension)).toEqual(["tokens", "batch", "width", "schedule"]);
    expect([outcome.regretOfAdvice, outcome.regretOfUsed, outcome.offLog2, outcome.withinPrediction]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(outcome.sentence).toMatch(/^This is not a run that the advice was for: tokens 2Mi instead of 1Mi, batch 16/);
  });

  it("does not hold what is unknown, or the way parameters are counted, against a run", () => {
    const vague = { ...dims, width: null, depth: null, architecture: "unknown", schedule: null, tokens: 1_048_000 };
    expect(outcomeOf(advice, { peakLr: 0.01, loss: 2, diverged: false, dims: vague }, curve).differs).toEqual([]);
  });

  it("takes a run of another tracker as it is told", () => {
    const outcome = outcomeOf(advice, { peakLr: 2 * advice.wsd!.peakLr, loss: 2.5, diverged: false, dims: null }, null);
    expect(outcome.sentence).toMatch(
      /^The run ended at a loss of 2.5000. It used .*, 2.00 times the recommended rate. It was trained elsewhere/,
    );
  });
});
