import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { type FitSettingsInput, fitLaw, fitSettingsSchema, type LrFit } from "../fit";
import type { RunPoint } from "../run";
import { learningRate } from "../schedule";
import {
  adviceOfForms,
  amplitudeSaid,
  bandOf,
  classRates,
  type ExportFormat,
  exportFormats,
  exportRecommendation,
  farthest,
  isSameTarget,
  learningRateFunction,
  type Recommendation,
  type RecommendationTargetInput,
  recommend,
  recommendationTargetSchema,
  spreadOf,
} from "./index";

const proxy = quickstartRuns("quickstart-a.csv");

/** A noiseless sweep that follows the paper's law, at the paper's scale. */
const paperRuns: RunPoint[] = [2, 8, 32, 128].flatMap((t) =>
  [128, 256, 512].flatMap((batchSeqs) =>
    [-1, 0, 1].map((octave) => ({
      ...proxy[0]!,
      runId: `${t}-${batchSeqs}-${octave}`,
      width: 256,
      paramsTotal: 36e6,
      paramsNonEmbedding: 24e6,
      paramsActive: 24e6,
      seqLen: 4096,
      tokens: t * 1e9,
      batchSeqs,
      peakLr: 4.6 * batchSeqs * (t * 1e9) ** -0.51 * 2 ** octave,
      finalLoss: 3 + 0.02 * octave ** 2,
    })),
  ),
);

function advise(runs: RunPoint[], target: RecommendationTargetInput, settings: FitSettingsInput = {}): Recommendation {
  const result = fitLaw(runs, fitSettingsSchema.parse(settings));
  return recommend(result, recommendationTargetSchema.parse(target))!;
}

/** The file; throws where the program is refused. */
function fileOf(advice: Recommendation, format: ExportFormat) {
  const made = exportRecommendation(advice, format);
  if (!("text" in made)) throw new Error(`${format}: ${made.why}`);
  return made;
}

const large = { tokens: 1e12, batchSeqs: 1024, seqLen: 4096, width: 1536, baseWidth: 256, cap: 0.02 };

it("gives no peak, and says why, where a few optima close together leave every rate possible at the target", () => {
  const close = [2e9, 2.1e9, 2.2e9].flatMap((tokens, i) =>
    [-1, 0, 1].map((octave) => ({
      ...proxy[0]!,
      runId: `${tokens}-${octave}`,
      tokens,
      peakLr: 0.004 * [1, 64, 1][i]! * 2 ** octave,
      finalLoss: 3 + 0.02 * octave ** 2,
    })),
  );
  const advice = advise(close, { ...large, tokens: 1e12 }, { form: "power" });
  expect(advice.wsd).toBeNull();
  expect(advice.schedule).toBeNull();
  expect(advice.missing.join()).toMatch(/do not determine the rate at this target.*Add runs nearer/);
});

describe("a law like the paper's", () => {
  const advice = advise(paperRuns, large, { form: "power" });

  it("gives the paper's advice for 1T tokens at batch 1024", () => {
    expect(advice.wsd!.peakLr).toBeCloseTo(0.003573203809417466, 10);
    expect(advice.power!.a).toBeCloseTo(4, 8);
    expect(advice.power!.b).toBeCloseTo(-0.51, 10);
    expect(advice.power!.kneeTokens / 25964051117.947876).toBeCloseTo(1, 6);
    expect(advice.schedule!.kind).toBe("wsd");
    expect(advice.warmupTokens).toBe(Math.round(1e9 / (1024 * 4096)) * 1024 * 4096);
    expect(advice.decayTokens).toBe(1e11);
    expect(advice.warnings.map((w) => w.code)).toEqual([
      "extrapolation-width",
      "not-compared",
      "amplitude-ratio",
      "horizon-exponent",
      "no-transfer-check",
      "fit:coefficients-correlated",
      "fit:shared-noise",
    ]);
    expect(advice.warnings.filter((w) => w.message.includes("assumption")).map((w) => w.code)).toEqual([
      "amplitude-ratio",
      "horizon-exponent",
    ]);
  });

  it("says which amplitude it used: the borrowed one, one by hand, or the measured one with its range", () => {
    const source = {
      ...{ law: { L0: 2, A: 1, alpha: 0.5, B: 400, C: 1, beta: 0.5, gamma: 0.5 }, curves: 6, metric: "val/loss" },
      ...{ of: "dense w64", tokens: 1e12, batchSeqs: 1024, flat: { low: 0.4, high: 1.1 } },
      ...{ highestLr: 0.02, peaks: { low: 0.01, high: 0.02 } },
    };
    const measured = advise(paperRuns, { ...large, amplitudeRatio: 0.62, amplitudeSource: source });
    expect(measured.power!.a / advice.power!.a).toBeCloseTo(0.62 / (4 / 4.6), 12);
    const said = (r: Recommendation) => r.warnings.filter((w) => w.code.startsWith("amplitude"));
    expect(said(measured)).toEqual([
      {
        code: "amplitude-measured",
        message:
          "The amplitude of the power schedule is the fitted one times 0.62, measured by the schedule law of 6 curves of val/loss (dense w64) for 1T tokens at batch 1024; 0.4 to 1.1 are within 0.1% of its predicted loss.",
      },
    ]);
    expect(amplitudeSaid(measured.target)).toBe("0.62 of the law's, measured from 6 curves");
    expect(amplitudeSaid(advice.target)).toBe("4/4.6 of the law's, borrowed from the paper");
    const other = advise(paperRuns, { ...large, tokens: 2e12, amplitudeRatio: 0.62, amplitudeSource: source });
    expect(said(other)[0]!.message).toMatch(/That is another run than this one\.$/);
    const hot = { ...source, highestLr: 0.2 };
    expect(said(advise(paperRuns, { ...large, amplitudeRatio: 0.62, amplitudeSource: hot }))[0]!.message).toMatch(
      /It runs at up to 0\.2, and the curves had peaks of 0\.01 to 0\.02: what such rates cost was not seen\.$/,
    );
    const byHand = advise(paperRuns, { ...large, amplitudeRatio: 0.62 });
    expect([said(byHand), amplitudeSaid(byHand.target)]).toEqual([[], "0.62 of the law's, given by hand"]);
    expect(said(advise(paperRuns, { ...large, amplitudeSource: source }))[0]!.code).toBe("amplitude-ratio");
    expect(isSameTarget(measured.target, byHand.target)).toBe(true);
    expect(isSameTarget(measured.target, advice.target)).toBe(false);
  });

  it("divides the LR of hidden matrices by the width multiplier", () => {
    expect(advice.classes.map((c) => [c.name, c.lrMultiplier, c.weightDecayMultiplier])).toEqual([
      ["embedding", 1, 1],
      ["hidden", 1 / 6, 6],
      ["head", 1, 1],
      ["norm", 1, 0],
    ]);
    const at = (width: number) =>
      classRates({ parametrization: "mup", width, baseWidth: 256 }, 0.003107133747319536).find(
        (c) => c.name === "hidden",
      )!.lr;
    expect(at(6 * 256)).toBeCloseTo(0.000517855624553256, 15);
    expect(at(8 * 256)).toBeCloseTo(0.000388391718414942, 15);
  });

  it("says when a target lies far outside, has other sequences, another architecture or a failed check", () => {
    const result = fitLaw(paperRuns, fitSettingsSchema.parse({ form: "power" }));
    const target = recommendationTargetSchema.parse({
      ...large,
      tokens: 1e14,
      seqLen: 2048,
      architecture: "moe-8-top-2",
    });
    const other = recommend(result, target, [{ target: "MoE", verdict: "fail", sentence: "It moves." }])!;
    expect(other.warnings.map((w) => w.code)).toEqual([
      "extrapolation-tokens",
      "extrapolation-width",
      "architecture",
      "not-compared",
      "sequence-length",
      "amplitude-ratio",
      "horizon-exponent",
      "transfer-fail",
      "fit:coefficients-correlated",
      "fit:shared-noise",
    ]);
    expect(other.otherReading!.peakLr).toBeCloseTo(other.wsd!.peakLr / 2, 12);
  });
});

describe("the proxy sweep", () => {
  const target = { tokens: 1048576, batchSeqs: 8, seqLen: 64, width: 64 };

  it("has an interval and a plateau around the measured optimum", () => {
    const { wsd } = advise(proxy, target);
    expect(wsd!.peakLr).toBeGreaterThan(0.0039);
    expect(wsd!.peakLr).toBeLessThan(0.005);
    expect(wsd!.confidence.low).toBeGreaterThan(wsd!.prediction.low);
    expect(wsd!.plateau!.low).toBeLessThan(wsd!.peakLr);
    expect(wsd!.plateau!.high).toBeGreaterThan(wsd!.peakLr);
    expect(wsd!.extrapolation.largest).toBe(1);
  });

  it("knows width and depth as dimensions of extrapolation, beside the others", () => {
    const far = advise(proxy, { ...target, tokens: 1e10, width: 2048, depth: 24, params: 1e9 });
    const factors = Object.fromEntries(far.distances!.map((d) => [d.dimension, d.factor]));
    expect(factors).toMatchObject({ tokens: 1e10 / 1_048_576, batch: 1, width: 32, depth: 12 });
    expect(factors.parameters).toBeGreaterThan(1000);
    expect(farthest(far.distances)!.dimension).toBe("compute");
    const n = proxy.map((r) => r.paramsNonEmbedding!);
    expect(factors.compute).toBeCloseTo((1e10 * 1e9) / (1_048_576 * Math.max(...n)), 3);
    expect(factors["tokens per parameter"]).toBeGreaterThan(0.1);
    expect(far.warnings.find((w) => w.code === "extrapolation-width")!.message).toMatch(
      /^Width 2Ki, data 32 to 64: 32 times outside/,
    );
    expect([1, 2, 4, 30, 31].map(bandOf)).toEqual(["inside", "near", "beyond", "beyond", "far"]);
  });

  it("says the interval of the law if it goes on straight beside the one that allows for a bend", () => {
    const asked = recommendationTargetSchema.parse({ ...target, batchSeqs: 512 });
    const result = fitLaw(proxy, fitSettingsSchema.parse({}));
    const { wsd, warnings } = recommend(result, asked)!;
    // This sweep's optima bend upwards along the batch.
    expect(wsd!.straight!.low).toBe(wsd!.confidence.low);
    expect(wsd!.straight!.high).toBeLessThan(wsd!.confidence.high / 1.5);
    expect(warnings.find((w) => w.code === "extrapolation-batch")!.message).toMatch(
      /allows for a bend as large as laws/,
    );
    const { bend: _, ...before } = result.fit as LrFit;
    const old = recommend({ ...result, fit: before }, asked)!;
    expect(old.wsd!.confidence).toEqual(wsd!.straight);
    expect(Object.keys(old.wsd!)).not.toContain("straight");
    expect(old.warnings.find((w) => w.code === "extrapolation-batch")!.message).toMatch(/does not cover the risk/);
  });

  it("shows the wider of the interval by Student t and the one by bootstrap", () => {
    // Another depth for half of the token counts makes 20 trunks of 10, enough for a bootstrap.
    const twenty = proxy.map((r) => (r.tokens > 300_000 ? { ...r, depth: 3 } : r));
    const { wsd } = advise(twenty, { ...target, tokens: 1e10 });
    expect(advise(proxy, target).wsd).toMatchObject({ bootstrap: null });
    const width = ({ low, high }: { low: number; high: number }) => high / low;
    expect(wsd!.bootstrap).not.toBeNull();
    expect(width(wsd!.interval!)).toBe(Math.max(width(wsd!.confidence), width(wsd!.bootstrap!)));
  });

  it("asks every form, and says by how much they differ", () => {
    const result = fitLaw(proxy, fitSettingsSchema.parse({}));
    const forms = adviceOfForms(proxy, result, recommendationTargetSchema.parse({ ...target, params: 94_208 }));
    expect(forms.map((f) => f.form)).toContain("step-law");
    expect(forms.find((f) => f.form === "power-free")!.peakLr).toBe(
      recommend(result, recommendationTargetSchema.parse({ ...target, params: 94_208 }))!.wsd!.peakLr,
    );
    expect(spreadOf(forms)).toBeGreaterThan(1);
    expect(spreadOf(forms.slice(0, 1))).toBeNull();
  });

  it("offers only the power schedule for an unknown length", () => {
    const advice = advise(proxy, { ...target, tokens: null, schedule: "power" });
    expect(advice.wsd).toBeNull();
    expect(advice.missing[0]).toContain("length of the run, which is unknown");
    expect(advice.schedule).toMatchObject({ kind: "power", peakLr: advice.power!.cap });
    expect(advice.decayTokens).toBeNull();
  });

  it("gives no power schedule from a form that leaves the batch free, and asks for N", () => {
    const advice = advise(proxy, target, { form: "step-law" });
    expect(advice.power).toBeNull();
    expect(advice.wsd).toBeNull();
    expect(advice.missing.join(" ")).toContain("give the parameter count");
  });
});

describe("exports", () => {
  const cases: [string, RecommendationTargetInput][] = [
    ["WSD exp", large],
    ["WSD 1-sqrt", { ...large, decayShape: "1-sqrt" }],
    ["WSD linear", { ...large, decayShape: "linear" }],
    ["WSD cosine", { ...large, decayShape: "cosine" }],
    ["power", { ...large, schedule: "power" }],
    ["power of unknown length", { ...large, schedule: "power", tokens: null }],
  ];

  const python = spawnSync("python3", ["--version"]).status === 0;
  it.runIf(python).each(cases)("Python learning rates equal ours: %s", (_name, target) => {
    const advice = advise(paperRuns, target, { form: "power" });
    const total = advice.target.tokens ?? 1e12;
    const points = Array.from({ length: 21 }, (_, i) => Math.round((total * i ** 2) / 400));
    const script = `${learningRateFunction(advice)!}\nfor n in [${points.join(", ")}]:\n    print(repr(float(learning_rate(n))))\n`;
    const run = spawnSync("python3", ["-c", script], { encoding: "utf8" });
    expect(run.stderr).toBe("");
    const schedule = advice.target.tokens === null ? { ...advice.schedule!, decayFraction: 0 } : advice.schedule!;
    const rates = run.stdout.trim().split("\n").map(Number);
    expect(rates).toHaveLength(21);
    rates.forEach((rate, i) => {
      const ours = learningRate(schedule, { batchSeqs: 1024, totalTokens: total }, points[i]!);
      expect(Math.abs(rate - ours)).toBeLessThanOrEqual(1e-12 * ours + 1e-18);
    });
  });

  it.runIf(python).each(["pytorch", "huggingface"] as const)("%s is valid Python", (format) => {
    const { text } = fileOf(advise(paperRuns, large, { form: "power" }), format);
    const run = spawnSync("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], {
      input: text,
      encoding: "utf8",
    });
    expect(run.stderr).toBe("");
  });

  it("writes the lm-engine power class with the batch in a and the tokens per step in c", () => {
    const { text } = fileOf(advise(paperRuns, { ...large, schedule: "power" }, { form: "power" }), "lm-engine");
    expect(Number(/ a: (\S+)/.exec(text)![1])).toBeCloseTo(4096, 4);
    expect(text).toContain("c: 4194304 # tokens per step");
    expect(text).toContain("num_warmup_steps: 238\n");
    expect(text).toContain("lr: 0.02\n");
  });

  it("knows which program has which decay", () => {
    const exp = advise(paperRuns, large, { form: "power" });
    const oneRate = { parametrization: "standard" } as const;
    const sqrt = advise(paperRuns, { ...large, ...oneRate, decayShape: "1-sqrt" }, { form: "power" });
    expect(exportFormats.map((f) => "text" in exportRecommendation(exp, f))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(exportFormats.map((f) => "text" in exportRecommendation(sqrt, f))).toEqual([
      true,
      true,
      true,
      false,
      true,
      true,
    ]);
    expect(fileOf(sqrt, "nanotron").text).toContain("lr_decay_starting_step: 214577\n");
    expect(fileOf(sqrt, "torchtitan").text).toContain('decay_type = "sqrt"');
    expect(JSON.parse(fileOf(exp, "json").text)).toEqual(exp);
  });

  it("is the same text every time", () => {
    for (const format of exportFormats) {
      const twice = [0, 1].map(() => exportRecommendation(advise(paperRuns, large, { form: "power" }), format));
      expect(twice[0]).toEqual(twice[1]);
    }
  });
});
