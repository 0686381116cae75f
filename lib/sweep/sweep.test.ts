import { describe, expect, it } from "vitest";
import {
  choosePreset,
  costTokens,
  InvalidConfigError,
  middleOut,
  moeSpace,
  PRESETS,
  parametrizationSpace,
  searchSpaceSchema,
  speedAt,
  sweepJobs,
} from ".";

const byName = (name: string) => PRESETS.find((p) => p.name === name)!.space;

describe("sweepJobs", () => {
  it("makes 60 trunks and 240 results of the quickstart", () => {
    const jobs = sweepJobs(byName("quickstart"));
    expect(jobs).toHaveLength(60);
    expect(jobs.flatMap((j) => j.runs)).toHaveLength(240);
  });

  it("begins with the small model at batch 8 and the middle learning rates", () => {
    const first = sweepJobs(byName("quickstart")).slice(0, 6);
    expect(first.map((j) => j.runs[0]!.schedule.peakLr)).toEqual([0.008, 0.004, 0.016, 0.002, 0.032, 0.001]);
    expect(new Set(first.map((j) => `${j.width}/${j.runs[0]!.batchSeqs}`))).toEqual(new Set(["32/8"]));
  });

  it("gives a schedule that depends on its length one job a run", () => {
    const space = searchSpaceSchema.parse({
      ...byName("quickstart-tiny"),
      schedule: { kind: "cosine", warmupTokens: 4096, finalLrFraction: 0.1 },
    });
    for (const job of sweepJobs(space)) expect(job.runs).toHaveLength(1);
  });

  it("makes a run once, however often its values stand on the axes", () => {
    const once = byName("quickstart-tiny");
    const [batch] = once.batches;
    const twice = {
      ...{ ...once, seeds: [...once.seeds, ...once.seeds], models: [...once.models, ...once.models] },
      batches: [...once.batches, { ...batch!, learningRates: [...batch!.learningRates, ...batch!.learningRates] }],
    };
    expect(sweepJobs(searchSpaceSchema.parse(twice))).toEqual(sweepJobs(once));
  });

  it("names the field and value of a config that cannot run", () => {
    const space = searchSpaceSchema.parse({ ...byName("quickstart-tiny"), tokens: [131_073] });
    expect(() => sweepJobs(space)).toThrow(InvalidConfigError);
    expect(() => sweepJobs(space)).toThrow(/tokens: 131073 is not a whole number of steps/);
  });

  it("offers the two additions", () => {
    expect(sweepJobs(parametrizationSpace())).toHaveLength(36);
    expect(sweepJobs(moeSpace())).toHaveLength(18);
  });
});

describe("cost and speed", () => {
  it("counts the trunk once and each decay and evaluation", () => {
    const [job] = sweepJobs(searchSpaceSchema.parse({ ...byName("quickstart-tiny"), tokens: [131_072, 262_144] }));
    const evaluation = (512 * 64) / 3;
    expect(costTokens(job!.runs)).toBeCloseTo(0.9 * 262_144 + 0.1 * (131_072 + 262_144) + 2 * evaluation, 6);
  });

  it("takes the nearest width where one was not measured", () => {
    expect(speedAt({ "32": 160_000 }, 64)).toBe(40_000);
    expect(speedAt({}, 64)).toBe(Number.POSITIVE_INFINITY);
  });

  it("chooses less work on a slower machine", () => {
    const at = (f: number) => choosePreset({ "32": 180_000 * f, "64": 78_000 * f }, 2, 480).preset.name;
    expect(at(2)).toBe("quickstart-long");
    expect(at(1)).toBe("quickstart");
    expect(at(0.6)).toBe("quickstart-short");
    expect(at(0.2)).toBe("quickstart-tiny");
  });
});

it("orders values from the middle outwards", () => {
  expect(middleOut([1, 2, 3, 4, 5])).toEqual([3, 4, 2, 5, 1]);
  expect(middleOut([2, 1])).toEqual([2, 1]);
});

it("a space may have several weight decays, each a trunk of its own; the one of before is read", () => {
  const { weightDecays: _, ...axes } = PRESETS[3]!.space;
  const runs = (part: object) => sweepJobs(searchSpaceSchema.parse({ ...axes, ...part })).flatMap((job) => job.runs);
  const one = runs({ weightDecay: 0.3 });
  expect(new Set(one.map((c) => c.optimizer.weightDecay))).toEqual(new Set([0.3]));
  expect(new Set(runs({}).map((c) => c.optimizer.weightDecay))).toEqual(new Set([0.1]));
  const three = runs({ weightDecays: [0.03, 0.1, 0.3, 0.1] });
  expect(three).toHaveLength(3 * one.length);
  expect(new Set(three.map((c) => c.optimizer.weightDecay))).toEqual(new Set([0.03, 0.1, 0.3]));
});
