import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { recommend, recommendationTargetSchema } from "../recommend";
import type { RunPoint } from "../run";
import { plantedRun } from "../simulate";
import { timescaleOf } from "../weight-decay";
import { compareForms, fitLaw, fitOptima, fitSettingsSchema, type LrFit, namedLaw, powerLawAt, predictLr } from ".";

/** Curves whose best rate has the timescale tau1 (T / N)^m, at two weight decays. */
function planted(m: number, part: Partial<RunPoint> = {}, decays = [0.1, 0.4]): RunPoint[] {
  let i = 0;
  return [1e5, 4e5, 16e5].flatMap((params) =>
    [2 ** 20, 2 ** 22, 2 ** 24].flatMap((tokens) =>
      [8, 16, 32].flatMap((batchSeqs) =>
        decays.flatMap((weightDecay) => {
          const tau = 0.2 * Math.exp(m * Math.log(tokens / params));
          const best = (batchSeqs * 64) / (weightDecay * tau * tokens);
          return [0.5, 1, 2].map((factor) => ({
            ...plantedRun({ params, batchSeqs, tokens, peakLr: best * factor, seed: 1, finalLoss: 1 }),
            ...{ weightDecay, weightDecayConvention: "coupled" as const, optimizer: "adamw" },
            runId: `r${i++}`,
            finalLoss: 3 + weightDecay + 0.02 * Math.log(factor) ** 2,
            ...part,
          }));
        }),
      ),
    ),
  );
}

const fitted = (runs: RunPoint[], form: "timescale" | "timescale-ratio", estimator: "surface" | "ew" = "ew") =>
  fitLaw(runs, fitSettingsSchema.parse({ form, estimator, paramDefinition: "total" }));
const at = { tokens: 2 ** 26, batchSeqs: 64, params: 1e7, seqLen: 64 };

describe("a law of the weights' timescale", () => {
  it.each([
    ["timescale", 0],
    ["timescale-ratio", -0.5],
  ] as const)("%s is the one that was planted, at any weight decay", (form, m) => {
    for (const estimator of ["ew", "surface"] as const) {
      const fit = fitted(planted(m), form, estimator).fit as LrFit;
      const { timescale, exponents } = namedLaw(fit);
      expect(timescale!.at1).toBeCloseTo(0.2, 4);
      expect(timescale!.exponent).toBeCloseTo(m, 4);
      expect([exponents.batch, exponents.tokens]).toEqual([1, -1 - timescale!.exponent]);
      // Of the two decays the law's own is the one of the least loss.
      expect(fit.step).toEqual({ weightDecay: 0.1, seqLen: 64 });
      for (const weightDecay of [null, 0.1, 0.02]) {
        const { lr } = predictLr(fit, { ...at, weightDecay })!;
        const run = { ...at, peakLr: lr, weightDecay: weightDecay ?? 0.1, weightDecayConvention: "coupled" as const };
        expect(timescaleOf(run)! / (0.2 * Math.exp(m * Math.log(at.tokens / at.params)))).toBeCloseTo(1, 3);
      }
      const { a, b } = powerLawAt(fit, { ...at, weightDecay: 0.3 })!;
      const { lr } = predictLr(fit, { ...at, weightDecay: 0.3 })!;
      expect((at.batchSeqs * a * Math.exp(b * Math.log(at.tokens))) / lr).toBeCloseTo(1, 9);
    }
  });

  it.each([
    ["no weight decay", { weightDecay: null }, /(\d+) of \1 optima have no weight decay\. Map weightDecay/],
    ["none at all", { weightDecay: 0 }, /weight decay of 0/],
    ["an independent one", { weightDecayConvention: "independent" as const }, /independent of the rate/],
    ["no sequence length", { seqLen: null }, /no sequence length/],
  ])("refuses runs with %s, and says why", (_, part, why) => {
    const { fit, notIdentifiable } = fitted(planted(0, part), "timescale");
    expect(fit).toBeNull();
    expect(notIdentifiable).toMatchObject({ reason: "no-decay" });
    expect(notIdentifiable!.message).toMatch(why);
  });

  it("is refused where one optimum of many has no decay, and reads an unknown convention as coupled", () => {
    const runs = planted(0);
    const cut = runs.map((run) =>
      run.tokens === 2 ** 20 && run.batchSeqs === 8 ? { ...run, weightDecay: null } : run,
    );
    expect(fitted(cut, "timescale").notIdentifiable!.message).toMatch(/ of \d+ optima have no weight decay/);
    const unknown = runs.map(({ weightDecayConvention: _, ...run }) => run);
    expect((fitted(unknown, "timescale").fit as LrFit).law["1/tau"]).toBeCloseTo(5, 3);
  });

  it("is compared with the other forms", () => {
    const forms = compareForms(planted(-0.5, {}, [0.1]), fitSettingsSchema.parse({ paramDefinition: "total" }));
    const { bestBatch } = forms.find((f) => f.form === "timescale-ratio")!;
    expect(bestBatch!.rmsLog2).toBeLessThan(1e-3);
    expect(forms.find((f) => f.form === "timescale")!.bestBatch!.rmsLog2).toBeGreaterThan(0.3);
  });

  it("says where rates do not grow with the batch, as it assumes", () => {
    const runs = quickstartRuns("quickstart-a.csv").map((run) => ({ ...run, weightDecay: 0.1 }));
    const { fit, hypotheses, warnings } = fitLaw(runs, fitSettingsSchema.parse({ form: "timescale-ratio" }));
    expect((fit as LrFit).law.m).toBeCloseTo(-0.64, 2);
    expect(hypotheses.find((h) => h.name === "timescale-constant")!.rejected).toBe(true);
    expect(warnings.map((w) => w.code)).toContain("batch-not-proportional");
  });

  it("is tested for one timescale: m = 0", () => {
    const said = (m: number) =>
      fitted(planted(m), "timescale-ratio", "surface").hypotheses.find((h) => h.name === "timescale-constant")!;
    expect(said(-0.5)).toMatchObject({ rejected: true, coefficient: "m" });
    expect(said(-0.5).estimate).toBeCloseTo(-0.5, 3);
    expect(fitLaw(quickstartRuns("quickstart-a.csv"), fitSettingsSchema.parse({})).hypotheses).toHaveLength(2);
  });

  it("advises at the target's weight decay, else at that of the runs, and says which", () => {
    const result = fitted(planted(0), "timescale");
    const asked = (part: object) => recommend(result, recommendationTargetSchema.parse({ ...at, ...part }))!;
    const own = asked({});
    expect(own.wsd!.peakLr / ((64 * 64) / (0.1 * 0.2 * 2 ** 26))).toBeCloseTo(1, 3);
    expect(own.warnings.find((w) => w.code === "timescale-decay")!.message).toMatch(/here 0\.1, that of the run with/);
    expect(own.power!.b).toBeCloseTo(-1, 9);
    const said = asked({ weightDecay: 0.2 });
    expect(said.wsd!.peakLr / own.wsd!.peakLr).toBeCloseTo(0.5, 9);
    expect(said.warnings.map((w) => w.code)).not.toContain("timescale-decay");
    expect(said.picture!.line.some((p) => p.lr > 0)).toBe(true);
    const none = asked({ weightDecay: 0 });
    expect([none.wsd, none.missing[0]]).toEqual([null, expect.stringMatching(/have none without weight decay/)]);
  });

  it("counts tokens, however the batch is read", () => {
    const result = fitted(planted(0), "timescale");
    const rate = (batchReading: "tokens" | "sequences") =>
      recommend(result, recommendationTargetSchema.parse({ ...at, seqLen: 256, batchSeqs: 16, batchReading }))!.wsd!
        .peakLr;
    expect(rate("tokens") / rate("sequences")).toBeCloseTo(1, 12);
  });

  it("is fitted to optima of others, whose weight decay they say", () => {
    const optima = [1e9, 4e9, 1.6e10, 6.4e10].map((tokens) => ({
      ...{ tokens, batchSeqs: 128, seqLen: 1024, weightDecay: 0.1 },
      lr: (128 * 1024) / (0.1 * 0.3 * tokens),
    }));
    expect(1 / (fitOptima(optima, { form: "timescale" }) as LrFit).law["1/tau"]!).toBeCloseTo(0.3, 9);
    const without = optima.map(({ weightDecay: _, ...o }) => o);
    expect(fitOptima(without, { form: "timescale" })).toMatchObject({ reason: "no-decay" });
  });
});
