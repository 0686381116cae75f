import { describe, expect, it } from "vitest";
import golden from "../../tests/golden/params.json";
import {
  configErrors,
  flopsPerToken,
  modelSchema,
  paramCounts,
  type RunConfigInput,
  runConfigSchema,
  trainerConfig,
} from "./index";

const base: RunConfigInput = {
  model: { width: 32, depth: 2, heads: 2, hidden: 96, seqLen: 64 },
  schedule: { kind: "wsd", peakLr: 0.004, warmupTokens: 65536 },
  batchSeqs: 8,
  tokens: 131072,
};

const paths = { train: "/data/train.bin", val: "/data/val.bin" };

function errorsOf(input: unknown): string[] {
  const parsed = runConfigSchema.safeParse(input);
  return parsed.success ? [] : configErrors(parsed.error, input);
}

describe("paramCounts", () => {
  it.each(golden.cases.map((c) => [c.name, c] as const))("%s", (_name, c) => {
    expect(paramCounts(modelSchema.parse(c.model))).toEqual(c.params);
    expect(flopsPerToken(modelSchema.parse(c.model))).toEqual(c.flopsPerToken);
  });
});

describe("runConfigSchema", () => {
  it("fills in the settings of the quickstart", () => {
    expect(runConfigSchema.parse(base)).toMatchObject({
      parametrization: { kind: "mup", baseWidth: 64, embeddingStd: 1, headStd: 0.1, logitsScaling: null },
      optimizer: { beta1: 0.9, beta2: 0.95, weightDecay: 0.1 },
      schedule: { decayFraction: 0.1, decayShape: "exp", finalLrFraction: 0 },
      data: { source: "sotu", valWindows: 512 },
      precision: "fp32",
    });
  });

  it.each<[string, unknown, string]>([
    [
      "heads above width",
      { ...base, model: { ...base.model, heads: 64 } },
      "model.heads: 64 is more than model.width (32)",
    ],
    [
      "heads not dividing",
      { ...base, model: { ...base.model, heads: 3 } },
      "model.heads: 3 does not divide model.width (32)",
    ],
    [
      "top-k without experts",
      { ...base, model: { ...base.model, topK: 2 } },
      "model.topK: 2 needs experts, but model.experts is 0",
    ],
    [
      "ragged length",
      { ...base, tokens: 131073 },
      "tokens: 131073 is not a whole number of steps of 512 tokens (batchSeqs 8 x model.seqLen 64)",
    ],
    [
      "warmup too long",
      { ...base, schedule: { ...base.schedule, warmupTokens: 131072 } },
      "schedule.warmupTokens: 131072 is more than the run's 131072 tokens less the decay of 13107.2 tokens",
    ],
    [
      "counts of evaluations that descend",
      { ...base, evalTokens: [200, 100] },
      "evalTokens: [200,100] does not ascend",
    ],
    ["unknown key", { ...base, learningRate: 1 }, 'config: unknown "learningRate"'],
  ])("refuses %s", (_name, input, message) => {
    expect(errorsOf(input)).toEqual([message]);
  });

  it("quotes the value a plain rule refuses", () => {
    const [error] = errorsOf({ ...base, schedule: { ...base.schedule, peakLr: -1 } });
    expect(error).toMatch(/^schedule\.peakLr: -1: /);
    expect(errorsOf({ ...base, batchSeqs: undefined })[0]).toMatch(/^batchSeqs: missing: /);
  });
});

describe("trainerConfig", () => {
  const runs = [524288, 131072, 262144].map((tokens) => runConfigSchema.parse({ ...base, tokens }));

  it("joins runs that share a trunk, with ascending token counts", () => {
    const config = trainerConfig(runs, paths);
    expect(config.tokens).toEqual([131072, 262144, 524288]);
    expect(config.data).toEqual({ ...paths, format: "u8", valWindows: 512 });
  });

  it("passes on when to evaluate", () => {
    for (const evalTokens of [65536, [1000, 131072]]) {
      const run = runConfigSchema.parse({ ...base, evalTokens });
      expect(trainerConfig([run], paths).evalTokens).toEqual(evalTokens);
    }
  });

  it("refuses runs that differ elsewhere and lengths of a schedule that cannot branch", () => {
    const [first] = runs;
    expect(() => trainerConfig([first!, { ...first!, seed: 2 }], paths)).toThrow(/differ only in tokens/);
    const cosine = runs.map((run) => ({ ...run, schedule: { ...run.schedule, kind: "cosine" as const } }));
    expect(() => trainerConfig(cosine, paths)).toThrow(/holds one run, not 3/);
    expect(() => trainerConfig([], paths)).toThrow(/at least one run/);
  });
});
