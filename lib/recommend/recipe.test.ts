import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { fitLaw, fitSettingsSchema } from "../fit";
import type { RunPoint } from "../run";
import {
  exportFormats,
  exportRecommendation,
  lawRecipe,
  outcomeOf,
  type Recommendation,
  type RecommendationTargetInput,
  recommend,
  recommendationTargetSchema,
  timescaleOf,
} from ".";

const said: Partial<RunPoint> = {
  ...{
    schedule: "wsd",
    scheduleShape: "10% exp",
    optimizer: "adamw",
    weightDecay: 0.1,
    weightDecayConvention: "coupled",
  },
  ...{ beta2: 0.95, baseWidth: 64 },
};
const runs = quickstartRuns("quickstart-a.csv").map((r) => ({ ...r, ...said }));
const target: RecommendationTargetInput = {
  ...{ tokens: 1_048_576, batchSeqs: 8, seqLen: 64, width: 64, depth: 2, optimizer: "adamw", weightDecay: 0.1 },
};

/** The law of runs that are changed in some part, for a target that is. */
function advise(
  part: RecommendationTargetInput | object = {},
  of: (r: RunPoint, i: number) => Partial<RunPoint> = () => ({}),
) {
  const result = fitLaw(
    runs.map((r, i) => ({ ...r, ...of(r, i) })),
    fitSettingsSchema.parse({ form: "power-free", estimator: "ew" }),
  );
  const advice = recommend(result, recommendationTargetSchema.parse({ ...target, ...part }))!;
  const message = (code: string) => advice.warnings.find((w) => w.code === code)?.message;
  return { result, advice, message, codes: advice.warnings.map((w) => w.code) };
}

const RECIPE = ["schedule", "decay", "architecture", "parametrization", "base-width", "optimizer", "weight-decay"];
const SHAPE = ["extrapolation-width", "extrapolation-depth", "timescale", "not-compared"];

it("nothing is said of a target that is trained as the runs were", () => {
  expect(advise().codes.filter((c) => [...RECIPE, ...SHAPE].includes(c))).toEqual([]);
});

describe("a warning with both values", () => {
  it("of the schedule", () => {
    const { message, codes } = advise({ decayFraction: 0.2, decayShape: "1-sqrt" }, () => ({
      schedule: "cosine",
      scheduleShape: "to 0.1",
    }));
    expect(message("schedule")).toMatch(/^The law comes from cosine to 0\.1, the target is WSD 20% 1-sqrt\./);
    expect(codes).not.toContain("decay");
  });
  it.each([
    [{ decayFraction: 0.2 }, "WSD 20% exp"],
    [{ decayShape: "1-sqrt" }, "WSD 10% 1-sqrt"],
    [{ decayShape: "1-sqrt", schedule: "power" }, "a power schedule that decays over the last 10% 1-sqrt"],
  ])("of the decay: %o", (part, name) => {
    expect(advise(part).message("decay")).toContain(`comes from wsd 10% exp, the target is ${name}.`);
  });
  it.each([
    ["parametrization", { parametrization: "standard" }, "comes from parametrization mup, the target has standard"],
    ["architecture", { architecture: "moe" }, "comes from architecture dense, the target has moe"],
    ["optimizer", { optimizer: "muon" }, "comes from optimizer adamw, the target has muon"],
    ["weight-decay", { weightDecay: 0.033 }, "comes from weight decay 0.1, the target has 0.033"],
    ["base-width", { baseWidth: 256 }, "are for base width 64, the target's for 256"],
    ["extrapolation-depth", { depth: 48 }, "Depth 48, data 2: 24 times outside"],
    ["extrapolation-depth", { depth: 3 }, "Depth 3, data 2: 1.5 times outside"],
    ["extrapolation-width", { width: 96 }, "Width 96, data 32 to 64: 1.5 times outside"],
  ])("of %s", (code, part, words) => {
    expect(advise(part).message(code)).toContain(words);
  });
  it("and what is not known is said, by whom", () => {
    const { message, codes } = advise({ depth: null, optimizer: null }, () => ({
      ...{ weightDecay: null, optimizer: null, schedule: "unknown", parametrization: "unknown", baseWidth: null },
    }));
    expect(message("not-compared")).toBe(
      "Not compared with the target, as not known: schedule (the runs do not say it), parametrization (neither says it), optimizer (neither says it), weight decay (the runs do not say it), depth (the target does not say it), AdamW timescale (it needs weight decay and sequence length).",
    );
    expect(codes.filter((c) => RECIPE.includes(c))).toEqual([]);
  });
  it("and a decay that the runs leave out", () => {
    expect(advise({}, () => ({ scheduleShape: null })).message("not-compared")).toContain("decay of the schedule");
  });
});

describe("the parametrization", () => {
  const unsaid = () => ({ parametrization: "unknown", baseWidth: null });
  const hidden = ({ advice }: ReturnType<typeof advise>) => advice.classes.find((c) => c.name === "hidden")!;
  it("is that of the runs where the target leaves it out", () => {
    expect(advise({ width: 2048 }).advice.target.parametrization).toBe("mup");
    const standard = advise({ width: 2048 }, () => ({ parametrization: "standard", baseWidth: null }));
    expect([standard.advice.target.parametrization, hidden(standard).lrMultiplier]).toEqual(["standard", 1]);
  });
  it("stays unknown where the runs do not say it: hidden matrices get no factor and no program a file", () => {
    const unknown = advise({ width: 2048, baseWidth: 64 }, unsaid);
    expect(unknown.advice.target.parametrization).toBeNull();
    expect(hidden(unknown)).toMatchObject({ lrMultiplier: null, lr: null, weightDecayMultiplier: null });
    expect(unknown.advice.classes.filter((c) => c.lrMultiplier === 1).map((c) => c.name)).toEqual([
      ...["embedding", "head", "norm"],
    ]);
    expect(unknown.message("parametrization-unknown")).toContain("Without the target's parametrization");
    expect(exportRecommendation(unknown.advice, "torchtitan")).toMatchObject({
      why: expect.stringContaining("parametrization is unknown"),
    });
  });
  it("is taken where it is said, of one of two by nobody", () => {
    expect(hidden(advise({ width: 2048, parametrization: "mup", baseWidth: 64 }, unsaid)).lrMultiplier).toBe(1 / 32);
    const two = advise({}, (r) => ({ parametrization: r.width === 64 ? "mup" : "standard" }));
    expect(two.advice.target.parametrization).toBeNull();
  });
});

describe("the base width", () => {
  it("is that of the runs where the target leaves it out: base 256 at width 2048 divides by 8", () => {
    const { advice, result } = advise({ width: 2048 }, () => ({ baseWidth: 256 }));
    expect(lawRecipe(result)).toEqual({ parametrization: "mup", baseWidth: 256, optimizer: "adamw", weightDecay: 0.1 });
    expect(advice.target.baseWidth).toBe(256);
    expect(advice.classes.find((c) => c.name === "hidden")!.lrMultiplier).toBe(1 / 8);
  });
  it("has no default where runs do not say it, and none is taken of two", () => {
    const unknown = advise({ width: 2048 }, () => ({ baseWidth: null }));
    expect(unknown.advice.target.baseWidth).toBeNull();
    expect(unknown.message("width-unknown")).toContain("Without the target's base width");
    const two = advise({ baseWidth: 64 }, (r) => ({ baseWidth: r.width === 64 ? 64 : 32 }));
    expect(lawRecipe(two.result).baseWidth).toBeNull();
    expect(two.message("base-width")).toMatch(/pools runs of base widths 32, 64.*the target's is 64/);
  });
  it("of a saved target stays", () => {
    expect(advise({ baseWidth: 64 }, () => ({ baseWidth: 256 })).advice.target.baseWidth).toBe(64);
  });
});

describe("the timescale of weight decay", () => {
  const run = { peakLr: 0.004, batchSeqs: 8, seqLen: 64, tokens: 1_048_576, weightDecay: 0.1 };

  it("is the batch over rate, weight decay and tokens; of independent weight decay without the rate", () => {
    expect(timescaleOf(run)).toBeCloseTo(512 / (0.004 * 0.1 * 1_048_576), 12);
    expect(timescaleOf({ ...run, weightDecayConvention: "independent", weightDecay: 0.0004 })).toBeCloseTo(
      timescaleOf(run)!,
      12,
    );
    for (const part of [{ weightDecay: null }, { weightDecay: 0 }, { seqLen: null }, { weightDecay: undefined }])
      expect(timescaleOf({ ...run, ...part })).toBeNull();
  });

  it("is warned of where the target's lies outside the sweep's", () => {
    const large = { tokens: 1e10, batchSeqs: 128, seqLen: 2048, batchReading: "tokens", width: 2048 };
    const { advice, message } = advise(large);
    const { target: tau, sweep, weightDecay } = advice.timescale!;
    expect([sweep!.low.toFixed(1), sweep!.high.toFixed(1), weightDecay]).toEqual(["0.6", "6.5", 0.1]);
    expect(tau).toBeCloseTo(0.058, 3);
    expect(message("timescale")).toMatch(
      /is 0\.058\d* of the run at weight decay 0\.1; the sweep had 0\.6\d* to 6\.\d+: 10.* times/,
    );
    expect(advise({ ...large, weightDecay: 0.005 }).codes).not.toContain("timescale");
  });

  it("takes the weight decay of the runs where the target says none, and says where nothing is known", () => {
    const silent = advise({ weightDecay: null });
    expect(silent.advice.timescale).toMatchObject({ weightDecay: 0.1 });
    const none = advise({ weightDecay: 0 });
    expect(none.advice.timescale!.target).toBeNull();
    expect(none.message("not-compared")).toContain("there is none without weight decay");
    expect(advise({ schedule: "power" }).advice.timescale).toBeNull();
  });
});

it("says by which count of parameters the law is", () => {
  expect(advise().advice.evidence.paramDefinition).toBe("nonEmbedding");
});

it("advice that earlier versions stored, without what they did not know, gives the same files and outcomes", () => {
  const { advice } = advise({ baseWidth: 32 });
  const { optimizer: _, weightDecay: __, ...target } = advice.target;
  const { paramDefinition: ___, ...evidence } = advice.evidence;
  const { timescale: ____, distances: _____, ...rest } = advice;
  const old = { ...rest, target, evidence } as Recommendation;
  for (const format of exportFormats.filter((f) => f !== "json"))
    expect(exportRecommendation(old, format)).toEqual(exportRecommendation(advice, format));
  const run = { peakLr: 0.004, loss: 2, diverged: false, dims: null };
  expect(outcomeOf(old, run, null)).toEqual(outcomeOf(advice, run, null));
});
