import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import type { RunPoint } from "../run";
import { type FitSettingsInput, fitLaw, fitSettingsSchema, predictLr } from ".";

const runs = quickstartRuns("quickstart-a.csv");
const lawOf = (points: readonly RunPoint[], settings: FitSettingsInput = {}) =>
  fitLaw(points, fitSettingsSchema.parse({ estimator: "ew", ...settings }));
const said = (code: string, of: (run: RunPoint) => Partial<RunPoint>, settings: FitSettingsInput = {}) =>
  lawOf(
    runs.map((run) => ({ ...run, ...of(run) })),
    settings,
  ).warnings.find((w) => w.code === code)?.message;

describe("a loss whose name says another unit", () => {
  it.each(["val/ppl", "perplexity", "bpb", "eval bits_per_byte"])("%s is said", (lossMetric) => {
    expect(said("loss-unit", () => ({ lossMetric }))).toContain(`${lossMetric} (`);
    expect(said("loss-unit", () => ({ lossMetric }), { form: "chinchilla" })).toContain(`${runs.length} runs`);
  });
  it.each(["val/loss", "log(val_ppl)", "bpb * 0.6931471805599453", null])("%s is not", (lossMetric) => {
    expect(said("loss-unit", () => ({ lossMetric }))).toBeUndefined();
  });
  it("is another loss than the tail", () => {
    expect(said("loss-unit", () => ({ lossMetric: "ppl", trainTailLoss: 2 }), { loss: "tail" })).toBeUndefined();
  });
});

describe("the warmup's share of the run", () => {
  it.each([
    ["as long in all runs", () => 65_536, /^The warmup is 6\.3% to 50% of the run\. A share that changes/],
    ["long", (t: number) => 0.25 * t, /^The warmup is 25% of the run\. So long a one/],
    ["in some runs alone", (t: number) => (t > 500_000 ? 0.02 * t : 0), /0% to 2%/],
  ])("is said where it is %s", (_, of, words) => {
    expect(said("warmup-share", ({ tokens }) => ({ warmupTokens: of(tokens) }))).toMatch(words);
  });
  it.each([
    ["1%", (t: number) => 0.01 * t],
    ["never above 1%", (t: number) => (t > 500_000 ? 0.01 : 0.001) * t],
    ["none", () => 0],
    ["unknown", () => null],
    ["within a factor of 2", (t: number) => (t > 500_000 ? 0.05 : 0.1) * t],
  ])("is not where it is %s", (_, of) => {
    expect(said("warmup-share", ({ tokens }) => ({ warmupTokens: of(tokens) }))).toBeUndefined();
  });
});

describe("experts that are idle", () => {
  const moe = (run: RunPoint) => ({ paramsActive: run.paramsNonEmbedding! / 4 });
  it("are counted by compute unless N is the active parameters", () => {
    expect(said("idle-experts", moe, { form: "compute" })).toMatch(/by non-embedding parameters counts the experts/);
    expect(said("idle-experts", moe, { form: "compute", paramDefinition: "active" })).toBeUndefined();
    expect(said("idle-experts", moe, { form: "step-law" })).toBeUndefined();
    expect(said("idle-experts", () => ({ architecture: "moe-8-top-2" }), { form: "compute" })).toBeDefined();
    expect(said("idle-experts", () => ({}), { form: "compute" })).toBeUndefined();
  });
});

it("runs of which none has the count of parameters are told so, not that they are too few", () => {
  const without = runs.map((run) => ({ ...run, paramsNonEmbedding: null }));
  const { notIdentifiable } = lawOf(without, { form: "chinchilla" });
  expect(notIdentifiable!.reason).toBe("no-params");
  expect(notIdentifiable!.message).toMatch(
    /^None of \d+ runs has a non-embedding parameter count, which the loss law needs: .*map it\.$/,
  );
  expect(lawOf(without, { form: "chinchilla", paramDefinition: "total" }).notIdentifiable?.reason).not.toBe(
    "no-params",
  );
  expect(lawOf(without, { form: "step-law" }).notIdentifiable!.message).toContain("by a definition that all runs have");
});

it("size and tokens that are both nearly ten times outside are far outside in compute", () => {
  const { fit } = lawOf(runs, { form: "step-law" });
  if (fit?.kind !== "lr") throw new Error("no law");
  const { tokens, params, compute, tokensPerParam } = fit.ranges;
  const at = (t: number, n: number) =>
    predictLr(fit, { tokens: t * tokens.high, params: n * params!.high, batchSeqs: 8, seqLen: 64 })!.extrapolation;
  const far = at(9.9, 9.9);
  expect([far.tokens, far.params]).toEqual([expect.closeTo(9.9, 9), expect.closeTo(9.9, 9)]);
  expect(far.compute).toBeCloseTo((98.01 * 6 * tokens.high * params!.high) / compute!.high, 9);
  expect(far.compute).toBeGreaterThan(90);
  expect(far.largest).toBe(far.compute);
  const long = at(9, 1 / 3.5);
  expect(long.tokensPerParam).toBeCloseTo((9 * 3.5 * tokens.high) / params!.high / tokensPerParam!.high, 9);
});
