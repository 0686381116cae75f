import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { fitLaw, fitSettingsSchema, type LrFit, predictLr } from "../fit";
import type { RunPoint } from "../run";
import { plantedSurface, quickstartDesign } from "../simulate";
import { timescaleOf } from "../weight-decay";
import { type BatchAdvice, recommend, recommendationTargetSchema, type WeightDecayAdvice } from ".";

const settings = fitSettingsSchema.parse({ form: "power-free" });
const target = recommendationTargetSchema.parse({
  tokens: 2 ** 21,
  batchSeqs: 8,
  seqLen: 64,
  width: 64,
  baseWidth: 64,
});
const advise = (runs: RunPoint[], part: object = {}) => recommend(fitLaw(runs, settings), { ...target, ...part })!;
const clear = plantedSurface(
  {
    ...quickstartDesign,
    ...{ noise: 1e-4, seedEffect: 1e-4, scatter: 0.02, curvatureScatter: 0 },
    batch: { first: 6, beta: 0.3, bend: 0.02 },
  },
  1,
);

describe("the batch that goes with a recommendation", () => {
  it("is the best one at the target's length, beside the target's own, with an interval and what was tried", () => {
    const batch = advise(clear).batch as BatchAdvice;
    const truth = 64 * 6 * 2 ** (4 * 0.3);
    expect(batch).toMatchObject({ unit: "tokens", own: 512, tried: { low: 128, high: 2048 } });
    expect(Math.abs(Math.log(batch.best / truth))).toBeLessThan(0.2);
    expect(batch.interval!.low).toBeLessThan(batch.best);
    expect(batch.source).toMatch(/^best batch inside those tried in \d of 8 sizes and token counts$/);
  });

  it("is none, with the reason, of a run of unknown length and of batches that tell nothing", () => {
    expect(advise(clear, { tokens: null, schedule: "power" }).batch).toMatchObject({
      reason: expect.stringContaining("length of the run"),
    });
    const one = clear.filter((run) => run.batchSeqs <= 4);
    expect(advise(one).batch).toMatchObject({ reason: expect.stringContaining("three batches") });
  });
});

describe("the weight decay that goes with a recommendation", () => {
  const said = { weightDecay: 0.1, weightDecayConvention: "coupled", optimizer: "adamw" } as const;
  const runs = quickstartRuns("quickstart-a.csv").map((run) => ({ ...run, ...said }));

  it("of a sweep with one decay keeps the sweep's timescale, and says that no best one is known", () => {
    const { weightDecay, wsd, timescale } = advise(runs);
    const { source, interval, ...kept } = weightDecay as WeightDecayAdvice;
    expect(source).toBe("kept");
    expect(kept).toMatchObject({ weightDecay: 0.1, convention: "coupled", timescale: timescale!.target });
    const at = (decay: number) =>
      timescaleOf({ ...target, tokens: 2 ** 21, ...said, peakLr: wsd!.peakLr, weightDecay: decay });
    expect(at(interval!.low)! / timescale!.sweep!.high).toBeCloseTo(1, 10);
    expect(at(interval!.high)! / timescale!.sweep!.low).toBeCloseTo(1, 10);
  });

  it("of several decays is that of the least loss", () => {
    const swept = [0.03, 0.1, 0.3, 1].flatMap((weightDecay) =>
      runs.map((run, i) => {
        const tau = timescaleOf({ ...run, peakLr: 0.01, weightDecay })!;
        const finalLoss = run.finalLoss === null ? null : run.finalLoss * Math.exp(0.01 * Math.log(tau / 2) ** 2);
        return { ...run, runId: `${i} ${weightDecay}`, weightDecay, finalLoss };
      }),
    );
    expect(advise(swept).weightDecay).toMatchObject({ reason: expect.stringContaining("tokens per parameter") });
    const advice = advise(swept, { params: 94_208 }).weightDecay as WeightDecayAdvice;
    expect(advice.source).toBe("measured");
    expect(advice.interval!.low).toBeLessThan(advice.weightDecay!);
    expect(advice.timescale).toBeGreaterThan(0.5);
    expect(advice.timescale).toBeLessThan(8);
  });

  it("is none, with the reason, where runs do not say theirs or have none", () => {
    expect(advise(quickstartRuns("quickstart-a.csv")).weightDecay).toMatchObject({
      reason: expect.stringContaining("do not say their weight decay"),
    });
    const without = runs.map((run) => ({ ...run, weightDecay: 0 }));
    expect(advise(without).weightDecay).toMatchObject({ reason: expect.stringContaining("have no weight decay") });
  });
});

describe("the picture of the law with the target", () => {
  const advice = advise(clear);
  const { line, optima, data } = advice.picture!;

  it("goes through the target and beyond both ends of the data", () => {
    expect(line[0]!.tokens).toBeLessThan(data.low);
    expect(line.at(-1)!.tokens).toBeGreaterThan(target.tokens!);
    const after = line.findIndex((p) => p.tokens > target.tokens!);
    const [p, q] = [line[after - 1]!, line[after]!];
    expect(Math.max(p.lr, q.lr)).toBeGreaterThan(advice.wsd!.peakLr);
    expect(Math.min(p.lr, q.lr)).toBeLessThan(advice.wsd!.peakLr);
    for (const { lr, confidence, prediction } of line) {
      expect(prediction.low).toBeLessThanOrEqual(confidence.low);
      expect(confidence.low).toBeLessThan(lr);
      expect(lr).toBeLessThan(confidence.high);
    }
  });

  it("has every optimum as far off the law as it is", () => {
    const fit = fitLaw(clear, settings).fit as LrFit;
    expect(optima).toHaveLength(fit.regression.rows.length);
    for (const [i, o] of optima.entries()) {
      const at = predictLr(fit, { tokens: o.tokens, batchSeqs: 8, params: null, seqLen: 64 })!.lr;
      expect(Math.log2(o.lr / at)).toBeCloseTo(fit.regression.rows[i]!.residualLog2, 9);
    }
  });

  it("is none without a peak", () => {
    expect(advise(clear, { tokens: null, schedule: "power" }).picture).toBeNull();
  });
});
