import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { type FitSettingsInput, fitLaw, fitSettingsSchema } from "../fit";
import type { RunPoint } from "../run";
import { publishedLaws, publishedLine, publishedRegret } from "./index";

const lawOf = (id: string) => publishedLaws.find((law) => law.id === id)!;
const RATES = Array.from({ length: 9 }, (_, i) => 0.0004 * 2 ** i);
const K = 0.02;

/** Best rates of the planted runs: Step Law's times `factor`, at every batch. */
function planted(factor: number, part: Partial<RunPoint> = {}): RunPoint[] {
  const { of } = lawOf("step-law").gives.rate!;
  return [60e6, 240e6].flatMap((params) =>
    [2e9, 8e9, 32e9].flatMap((tokens) =>
      [64, 128, 256].flatMap((batchSeqs) =>
        RATES.map((peakLr): RunPoint => {
          const best = factor * of({ params, tokens, batchTokens: 0, loss: 0, compute: 0 });
          const x = Math.log(peakLr / best);
          const offBatch = Math.log(batchSeqs / 128);
          return {
            runId: [params, tokens, batchSeqs, peakLr].join(),
            state: "finished",
            ...{ architecture: "dense", parametrization: "standard", schedule: "cosine", data: null, seed: 1 },
            ...{ width: null, depth: null, seqLen: 2048, peakLr, batchSeqs, tokens, optimizer: "AdamW" },
            ...{ paramsNonEmbedding: params, paramsTotal: null, paramsActive: null },
            finalLoss: 3 * Math.exp(K * x * x + 0.01 * offBatch * offBatch),
            ...part,
          };
        }),
      ),
    ),
  );
}

const regretOf = (id: string, runs: readonly RunPoint[], settings: FitSettingsInput = {}) =>
  publishedRegret(fitLaw(runs, fitSettingsSchema.parse(settings)), lawOf(id));

describe("what a published law costs on the user's curves", () => {
  it("is nothing where the curves follow it", () => {
    const own = regretOf("step-law", planted(1), { form: "power-free-size" });
    expect(own).toMatchObject({ reason: null, bestBatch: true, curves: 6, outsideGrid: 0, diverged: 0, inside: 6 });
    expect(own.medianRatio).toBeCloseTo(1, 6);
    expect(own.maxRegret).toBeLessThan(1e-9);
  });

  it.each([2, 0.5])("is what the shape of the curves says where it is %d times off", (factor) => {
    const off = regretOf("step-law", planted(factor), { form: "power-free-size" });
    expect(off.medianRatio! * factor).toBeCloseTo(1, 6);
    const cost = Math.exp(K * Math.log(2) ** 2) - 1;
    for (const regret of [off.medianRegret!, off.maxRegret!]) expect(regret / cost).toBeCloseTo(1, 3);
  });

  it("is read between the points of each curve where there is no surface", () => {
    const off = regretOf("step-law", planted(2), { form: "power-free-size", estimator: "ew" });
    const cost = Math.exp(K * Math.log(2) ** 2) - 1;
    // Straight lines lie above the curve, by at most K (ln 2)^2 / 4 a step, and so does the best measured loss.
    expect(Math.abs(off.medianRegret! - cost)).toBeLessThan((K * Math.log(2) ** 2) / 4);
    expect(off.curves).toBe(6);
  });

  it("is at least that of the edge beyond the rates that were tried, and unknown among diverged ones", () => {
    const low = RATES[3]!;
    const few = planted(0.5).filter((run) => run.peakLr <= low);
    const beyond = regretOf("step-law", few, { form: "power-free-size" });
    const { cells } = beyond;
    expect(beyond.outsideGrid).toBeGreaterThan(0);
    for (const { regret, rate, ratio } of cells) {
      if (rate <= low) continue;
      const best = rate / ratio;
      const edge = best <= low ? Math.exp(K * Math.log(low / best) ** 2) - 1 : 0;
      expect(regret.kind).toBe("outside-grid");
      if (regret.kind === "outside-grid") expect(regret.atLeast).toBeCloseTo(edge, 6);
    }
    const diverging = planted(0.5).map((run) => (run.peakLr > low ? { ...run, finalLoss: Number.NaN } : run));
    expect(regretOf("step-law", diverging, { form: "power-free-size" }).diverged).toBe(
      cells.filter((c) => c.rate > low).length,
    );
  });

  it("takes every batch for a law that knows it", () => {
    const runs = quickstartRuns("quickstart-a.csv");
    const power = regretOf("power-scheduler", runs);
    expect(power).toMatchObject({ reason: null, bestBatch: false, curves: 40 });
    expect(power.cells.every((c) => c.rate > 0)).toBe(true);
    expect(power.caveat).toBeNull();
    expect(
      regretOf(
        "power-scheduler",
        runs.map((run) => ({ ...run, baseWidth: 64 })),
      ).caveat,
    ).toBe("the runs’ base width is 64, the law’s 256: rates are not converted");
    expect(regretOf("minicpm", runs)).toMatchObject({ reason: null, bestBatch: true, curves: 8 });
  });

  it.each([
    ["step-law", { parametrization: "mup" }, "it gives the rate of all parameters, and the runs have a muP base rate"],
    ["power-scheduler", {}, "it gives a muP base rate (base width 256), and the runs have the rate of all parameters"],
    [
      "step-law",
      { parametrization: "unknown" },
      /^it gives the rate .*, and the runs have no parametrization: map it$/,
    ],
    ["step-law", { optimizer: "muon" }, "its optimizer is AdamW, and the runs have muon"],
    ["marin-adamh", {}, /^it gives a rate of weights kept on a sphere/],
    ["power-lines", { parametrization: "mup" }, "it gives no learning rate"],
    ["step-law", { paramsNonEmbedding: null }, "it needs the number of non-embedding parameters"],
    ["power-scheduler", { parametrization: "mup", seqLen: null }, "it needs batch and sequence length"],
  ])("%s is not compared with runs of %o", (id, part, reason) => {
    const refused = regretOf(id, planted(1, part));
    expect(refused).toMatchObject({ curves: 0, medianRatio: null, medianRegret: null, maxRegret: null, cells: [] });
    expect(refused.reason).toEqual(typeof reason === "string" ? reason : expect.stringMatching(reason));
  });

  it("takes another count of parameters where the law's own is not known, and says so", () => {
    const runs = planted(1).map((r) => ({ ...r, paramsTotal: r.paramsNonEmbedding, paramsNonEmbedding: null }));
    const { medianRatio, caveat } = regretOf("step-law", runs);
    expect(medianRatio).toBeCloseTo(1, 6);
    expect(caveat).toBe(
      "the law takes the number of non-embedding parameters, which is not known here: another count stands for it",
    );
    expect(regretOf("step-law", planted(1)).caveat).toBeNull();
  });

  it.each([{ optimizer: null }, { optimizer: "torch.AdamW (fused)" }, { parametrization: "SP" }])(
    "compares runs of %o",
    (part) => {
      expect(regretOf("step-law", planted(1, part)).reason).toBeNull();
    },
  );

  it("refuses runs of which some are of another axis", () => {
    const mixed = [...planted(1), ...planted(1, { parametrization: "mup" })];
    expect(regretOf("step-law", mixed).reason).toBe(
      "it gives the rate of all parameters, and of 36 curves 18 have a muP base rate",
    );
  });
});

it("a line is at one batch and the middle of the sizes", () => {
  const { optima } = fitLaw(planted(1), fitSettingsSchema.parse({}));
  const { points, mark } = publishedLine(lawOf("step-law"), optima, { tokens: [1e9, 1e10], batchSeqs: 128 });
  const { of } = lawOf("step-law").gives.rate!;
  const rates = [1e9, 1e10].map((tokens) => of({ params: 120e6, tokens, batchTokens: 0, loss: 0, compute: 0 }));
  expect(mark).toBe("source");
  for (const [i, { y }] of points.entries()) expect(y / rates[i]!).toBeCloseTo(1, 12);
  const unknown = optima.map((o) => ({ ...o, dims: { ...o.dims, paramsNonEmbedding: null } }));
  expect(publishedLine(lawOf("ling"), unknown, { tokens: [1e9], batchSeqs: 128 }).points).toEqual([]);
});
