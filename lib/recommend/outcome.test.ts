import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { curvesOf, optimumOf } from "../estimate";
import { fitLaw, fitSettingsSchema } from "../fit";
import { type OutcomeRun, outcomeOf, rateOutsidePlateau, recommend, recommendationTargetSchema, wsdCurveLike } from ".";

describe("the outcome of a recommendation", () => {
  const runs = quickstartRuns("quickstart-a.csv");
  const result = fitLaw(
    runs.filter((r) => r.width === 32),
    fitSettingsSchema.parse({ form: "power-free", estimator: "ew" }),
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
    ...{ architecture: "dense", parametrization: "mup", schedule: "wsd", scheduleShape: "10% exp" },
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
    const other = { ...dims, tokens: 2_097_152, batchSeqs: 16, width: 32, schedule: "cosine", scheduleShape: "to 0.1" };
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

  it("holds another decay against a run", () => {
    const other = { ...dims, scheduleShape: "20% 1-sqrt" };
    const outcome = outcomeOf(advice, { peakLr: 0.004, loss: 2, diverged: false, dims: other }, curve);
    expect(outcome.differs).toEqual([{ dimension: "decay", target: "10% exp", run: "20% 1-sqrt" }]);
  });

  it("reads no regret off runs that are not known to be WSD", () => {
    const run = { peakLr: 0.004, loss: 2, diverged: false, dims: { ...dims, schedule: null } };
    const vague = { ...curve, dims: { ...curve.dims, schedule: "unknown" } };
    const outcome = outcomeOf(advice, run, vague);
    expect([outcome.differs, outcome.regretOfAdvice, outcome.regretOfUsed]).toEqual([[], null, null]);
  });

  it("knows a rate outside the plateau where the run is of the target and says so", () => {
    const { low, high } = advice.wsd!.plateau!;
    const of = (peakLr: number | null, said: Partial<NonNullable<OutcomeRun["dims"]>> = {}) =>
      rateOutsidePlateau(advice, { ...dims!, ...said, peakLr });
    expect(of(high * 1.01)).toEqual({ rate: high * 1.01, low, high });
    expect(of(low * 0.99)).toEqual({ rate: low * 0.99, low, high });
    expect([of(low), of(high), of(advice.wsd!.peakLr), of(null)]).toEqual([null, null, null, null]);
    const hot = high * 2;
    const sizeless = { width: null, paramsTotal: null, paramsNonEmbedding: null, paramsActive: null };
    expect([of(hot, { tokens: null }), of(hot, { batchSeqs: null }), of(hot, sizeless)]).toEqual([null, null, null]);
    expect([of(hot, { tokens: 1_200_000 }), of(hot, { schedule: "cosine" })]).toEqual([null, null]);
    expect(of(hot, { tokens: 1_050_000, width: null })).not.toBeNull();
    expect(rateOutsidePlateau({ ...advice, wsd: null }, { ...dims!, peakLr: hot })).toBeNull();
  });

  describe("of a power schedule", () => {
    const power = recommend(result, { ...target, schedule: "power" })!;
    const powerDims = { ...dims, schedule: "power", scheduleShape: "a 0.4 b -0.35 10% exp" };
    const best = curve.argmin!;
    const run = { peakLr: power.power!.cap, loss: 1.01 * best.loss, diverged: false, dims: powerDims };

    it("is compared by its loss, and its cap with no WSD curve", () => {
      const outcome = outcomeOf(power, run, { ...curve, dims: { ...curve.dims, schedule: powerDims.schedule } }, curve);
      expect([outcome.regretOfAdvice, outcome.regretOfUsed, outcome.withinPrediction]).toEqual([null, null, null]);
      expect(outcome.wsd).toMatchObject({ loss: best.loss, lr: best.lr });
      expect(outcome.wsd!.excess).toBeCloseTo(0.01, 12);
      expect(outcome.sentence).toMatch(
        /Its cap is the recommended one\. That is 1\.00% above the best of the WSD runs/,
      );
      expect(outcome.sentence).not.toContain("costs");
    });

    it("says nothing of a WSD run, nor of a rate whose schedule is unknown", () => {
      const wsd = outcomeOf(power, { ...run, peakLr: 0.004, dims }, curve, curve);
      expect(wsd.differs.map((d) => d.dimension)).toEqual(["schedule"]);
      const vague = outcomeOf(power, { ...run, peakLr: 0.004, dims: null }, curve, null);
      expect([vague.offLog2, vague.regretOfAdvice, vague.wsd]).toEqual([null, null, null]);
    });

    it("finds the WSD curve that differs in the schedule alone, of several the one with the lowest loss", () => {
      const of = (schedule: string, part: Partial<(typeof cell)[number]> = {}) =>
        curvesOf(
          cell.map((r) => ({ ...r, schedule, ...part, finalLoss: part.finalLoss ?? r.finalLoss })),
          { loss: "held-out", seeds: "average" },
        )[0]!;
      const own = of(powerDims.schedule);
      const [good, worse] = [of("wsd", { warmupTokens: 1 }), of("wsd", { scheduleShape: "20% exp", finalLoss: 9 })];
      const others = [own, of("cosine", { finalLoss: 1 }), of("wsd", { weightDecay: 0.5, finalLoss: 1 })];
      expect(wsdCurveLike(own, [...others, worse, good])).toBe(good);
      expect(wsdCurveLike(own, others)).toBeNull();
    });
  });
});
