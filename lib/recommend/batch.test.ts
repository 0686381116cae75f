import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { fitLaw, fitSettingsSchema, type LrForm } from "../fit";
import {
  exportFormats,
  exportRecommendation,
  type RecommendationTargetInput,
  recommend,
  recommendationTargetSchema,
} from ".";

const runs = quickstartRuns("quickstart-a.csv");
const fits = new Map(
  (["step-law", "compute", "horizon", "power-free"] as const).map((form) => [
    form,
    fitLaw(runs, fitSettingsSchema.parse({ form, estimator: "ew" })),
  ]),
);
const target = { tokens: 1_048_576, batchSeqs: 4, seqLen: 64, params: 94_208, width: 64, baseWidth: 64 };

function advise(form: LrForm, part: Partial<RecommendationTargetInput> = {}) {
  return recommend(fits.get(form as "compute")!, recommendationTargetSchema.parse({ ...target, ...part }))!;
}

describe.each(["step-law", "compute", "horizon"] as const)("%s, a law of the best batch alone", (form) => {
  it("gives a rate near its best batch, and none far from it", () => {
    const best = advise(form).bestBatchTokens! / 64;
    expect(best).toBeGreaterThan(2);
    expect(best).toBeLessThan(6);
    for (const batchSeqs of [best / 1.99, best, best * 1.99]) {
      const advice = advise(form, { batchSeqs });
      expect(advice.wsd).not.toBeNull();
      const isBest = batchSeqs === best;
      expect(advice.warnings.some((w) => w.code === "best-batch")).toBe(!isBest);
    }
    for (const batchSeqs of [best / 2.01, 32, 1024]) {
      const advice = advise(form, { batchSeqs });
      expect([advice.wsd, advice.power, advice.schedule, advice.classes]).toEqual([null, null, null, []]);
      expect(advice.missing[0]).toMatch(/holds at the best batch alone, .* does not say how the rate goes/);
    }
  });

  it("leaves no export with a batch that its rate does not belong to", () => {
    const advice = advise(form, { batchSeqs: 1024, decayShape: "linear", parametrization: "standard" });
    for (const format of exportFormats.filter((f) => f !== "json"))
      expect(exportRecommendation(advice, format)).toMatchObject({ why: "the advice has no schedule" });
  });

  it("reads the target's batch in the unit of the law", () => {
    const best = advise(form).bestBatchTokens!;
    const longer = { seqLen: 1024, batchSeqs: best / 1024 } as const;
    expect(advise(form, { ...longer, batchReading: "tokens" }).wsd).not.toBeNull();
    expect(advise(form, { ...longer, batchReading: "sequences" }).wsd).toBeNull();
    expect(advise(form, { ...longer, batchReading: "sequences" }).otherReading!.batchReading).toBe("tokens");
  });
});

it("a law with the batch in it has a rate at every batch", () => {
  const [small, large] = [2, 1024].map((batchSeqs) => advise("power-free", { batchSeqs }));
  expect(large!.wsd!.peakLr).toBeGreaterThan(10 * small!.wsd!.peakLr);
  expect([large!.bestBatchTokens, large!.missing]).toEqual([null, []]);
});

describe("sequences of another length", () => {
  const large = { tokens: 1e10, batchSeqs: 128, seqLen: 2048, width: 2048 } as const;

  it("the warning says the peak by both readings", () => {
    const [sequences, tokens] = (["sequences", "tokens"] as const).map((batchReading) =>
      advise("power-free", { ...large, batchReading }),
    );
    expect(sequences!.wsd!.peakLr).toBeCloseTo(0.00059, 5);
    expect(tokens!.wsd!.peakLr).toBeCloseTo(0.0045, 4);
    const said = (a: typeof sequences) => a!.warnings.find((w) => w.code === "sequence-length")!.message;
    expect(said(sequences)).toMatch(
      /read as that many sequences, by which the peak is 0.00058\d; read as tokens it is 0.0045/,
    );
    expect(said(tokens)).toMatch(
      /read as that many tokens, by which the peak is 0.0045\d*; read as sequences it is 0.00058/,
    );
  });

  it("and the amplitude of a power schedule where the run's length is unknown", () => {
    const advice = advise("power-free", { ...large, tokens: null, schedule: "power" });
    const other = advise("power-free", { ...large, tokens: null, schedule: "power", batchReading: "tokens" });
    const said = advice.warnings.find((w) => w.code === "sequence-length")!.message;
    expect(said).toContain("the amplitude a is");
    expect(other.power!.a / advice.power!.a).toBeGreaterThan(2);
  });

  it("says how far the batch lies outside by the batch that the law reads", () => {
    const far = advise("power-free", { ...large, batchReading: "tokens" });
    const message = far.warnings.find((w) => w.code === "extrapolation-batch")!.message;
    expect(message).toMatch(/^Batch 4Ki sequences of 64 tokens, data 2 to 32: 130 times outside/);
    expect(far.distances!.find((d) => d.dimension === "batch")).toMatchObject({ target: 4096, factor: 128 });
    expect(advise("power-free", large).distances!.find((d) => d.dimension === "batch")!.factor).toBe(4);
  });
});
