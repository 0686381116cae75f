import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import type { RunPoint } from "../run";
import { compareForms, type FitSettingsInput, fitLaw, fitSettingsSchema, type LrFit, predictLr } from ".";
import { definitionOf } from "./forms";
import { lackOfFit } from "./lack-of-fit";

/** What a law says of itself: intervals that hold what they promise, and warnings where it cannot hold. */

const runs = quickstartRuns("quickstart-a.csv");
const lawOf = (points: readonly RunPoint[], settings: FitSettingsInput) =>
  fitLaw(points, fitSettingsSchema.parse({ estimator: "ew", ...settings }));
const lrOf = (points: readonly RunPoint[], settings: FitSettingsInput) => lawOf(points, settings).fit as LrFit;
const codes = (points: readonly RunPoint[], settings: FitSettingsInput) =>
  lawOf(points, settings).warnings.map((w) => w.code);

describe("a law of averages", () => {
  it("predicts one optimum with the scatter of single optima", () => {
    const result = lawOf(runs, { form: "power-averaged" });
    const fit = result.fit as LrFit;
    const held = (o: (typeof result.optima)[number]) => {
      const { low, high } = predictLr(fit, { ...o.dims, params: null })!.prediction;
      return o.estimate!.lr >= low && o.estimate!.lr <= high;
    };
    const averaged = result.optima.filter((o) => o.used);
    expect(averaged).toHaveLength(24);
    // With the error of the averages alone it was 6 of 24.
    expect(averaged.filter(held).length).toBeGreaterThanOrEqual(22);
    expect(fit.optimumVariance!).toBeGreaterThan(10 * fit.regression.variance);
  });

  it("of single optima is the regression's own", () => {
    const fit = lrOf(runs, { form: "power-free" });
    expect(fit.optimumVariance! / fit.regression.variance).toBeCloseTo(1, 0);
  });
});

describe("rates that are read off a grid", () => {
  it.each(["near-optimal", "argmin"] as const)("%s: a law without residuals is no certainty", (estimator) => {
    const fit = lrOf(runs, { form: "step-law", estimator });
    const grid = Math.log(2) / Math.sqrt(12);
    expect(fit.regression.variance).toBeGreaterThanOrEqual(grid ** 2 * (1 - 1e-9));
    const { low, high } = predictLr(fit, { tokens: 1e9, batchSeqs: 64, params: 94_208, seqLen: 64 })!.confidence;
    // It was 0.0039999 to 0.0040001.
    expect(high / low).toBeGreaterThan(1.2);
  });

  it("an estimated optimum has no such floor", () => {
    expect(lrOf(runs, { form: "power-free" }).regression.rows.every((row) => row.floorSe === 0)).toBe(true);
  });
});

describe("a law that bends", () => {
  const { regression } = lrOf(runs, { form: "power-free" });

  it("is told by an F test of squares and products", () => {
    const lack = lackOfFit(definitionOf("power-free"), regression.rows)!;
    expect([lack.df1, lack.df2]).toEqual([3, 34]);
    expect(lack.F).toBeCloseTo(7.0, 1);
    expect(lack.p).toBeCloseTo(0.0008, 4);
    const batch = lack.bends.find((b) => b.name === "c")!;
    expect(batch.low.at).toBeCloseTo(2, 9);
    expect(batch.high.at).toBeCloseTo(32, 9);
    expect(batch.low.exponent).toBeLessThan(batch.high.exponent);
    expect(codes(runs, { form: "power-free" })).toContain("bends");
  });

  it("says nothing of a straight one with the same scatter", () => {
    const straight = regression.rows.map((row, i) => ({ ...row, lr: row.fitted * Math.exp(0.16 * Math.sin(37 * i)) }));
    expect(lackOfFit(definitionOf("power-free"), straight)!.p).toBeGreaterThan(0.05);
    expect(lackOfFit(definitionOf("power-free"), regression.rows.slice(0, 6))).toBeNull();
  });
});

describe("the best batch", () => {
  it("at the edge of the batches that were tried is said", () => {
    const message = (points: readonly RunPoint[]) =>
      lawOf(points, { form: "step-law" }).warnings.find((w) => w.code === "best-batch-at-edge")?.message;
    expect(message(runs)).toMatch(/^In 4 of 8 cells the best batch is the smallest \(4\)/);
    expect(message(runs.filter((r) => r.batchSeqs >= 8))).toMatch(/^In 8 of 8 cells/);
    expect(codes(runs, { form: "power-free" })).not.toContain("best-batch-at-edge");
  });

  it("that is the same everywhere gives no law of the batch", () => {
    const from4 = runs.filter((r) => r.batchSeqs >= 4);
    expect(lrOf(from4, { form: "step-law" }).batch).toBeNull();
    expect(lrOf(runs, { form: "step-law" }).batch).not.toBeNull();
  });

  it("whose curve is censored is not silently replaced by the second best", () => {
    // Of batch 4 the rates above the best are gone.
    const cut = runs.filter((r) => r.batchSeqs !== 4 || r.peakLr <= 0.004);
    expect(codes(cut, { form: "step-law" })).toContain("top-batch-censored");
  });
});

describe("a loss law of a sweep", () => {
  const planted = (lr: number, tokens: number, params: number) => {
    const best = 0.004 * (tokens / 1e9) ** -0.3;
    return (1.7 + 400 / params ** 0.34 + 400 / tokens ** 0.28) * (1 + 0.01 * Math.log(lr / best) ** 2);
  };
  const sweep = [1e7, 3e7, 1e8, 3e8].flatMap((params) =>
    [1e8, 5e8, 2e9, 1e10].flatMap((tokens) =>
      Array.from({ length: 9 }, (_, k) => {
        const peakLr = 0.0005 * 2 ** k;
        const finalLoss = planted(peakLr, tokens, params);
        const ids = { runId: `${params} ${tokens} ${k}`, tokens, peakLr, finalLoss };
        return { ...runs[0]!, ...ids, paramsNonEmbedding: params, paramsTotal: params, width: null, depth: null };
      }),
    ),
  );

  it("rests on estimated minima, not on the best of the grid", () => {
    const { fit } = lawOf(sweep, { form: "chinchilla", estimator: "parabola" });
    if (fit?.kind !== "loss") throw new Error("no law");
    expect(fit.law.E).toBeCloseTo(1.7, 2);
    expect(fit.law.beta).toBeCloseTo(0.28, 2);
  });

  it("says which curves it left out and what it pools", () => {
    const mixed = sweep.map((run) => (run.paramsTotal > 1e8 ? { ...run, architecture: "moe" } : run));
    const cut = mixed.filter((run) => run.tokens < 1e10 || run.peakLr < 0.001);
    const said = codes(cut, { form: "chinchilla" });
    expect(said).toContain("mixed-architectures");
    expect(said).toContain("curves-left-out");
  });
});

it("a curve on which seeds diverged below the best rate says so, with the rate that is safe", () => {
  const isCell = (r: RunPoint) => r.tokens === 1_048_576 && r.batchSeqs === 8 && r.width === 32;
  const again = (seed: number) =>
    runs
      .filter(isCell)
      .map((r) => ({ ...r, seed, runId: `${r.runId} ${seed}`, finalLoss: r.finalLoss! + 1e-4 * seed }));
  const dies = (r: RunPoint): RunPoint => (r.peakLr === 0.002 ? { ...r, state: "diverged", finalLoss: Number.NaN } : r);
  const warning = lawOf([...runs, ...again(2), ...again(3).map(dies)], {}).warnings.find(
    (w) => w.code === "diverges-below-best",
  );
  expect(warning?.message).toMatch(/^On 1 curve some runs diverged .* below which none diverged is 0\.001\.$/);
  expect(codes(runs, {})).not.toContain("diverges-below-best");
});

it("forms are compared on the same optima, each predicted without its cell, and ranked by regret", () => {
  const list = compareForms(runs, fitSettingsSchema.parse({ estimator: "ew" }));
  const of = (form: string) => list.find((c) => c.form === form)!;
  // As the averaged law does at its own averages it was 0.065 octaves, and first.
  expect(of("power-averaged").everyBatch!.rmsLog2).toBeCloseTo(0.785, 3);
  expect(of("power-free").everyBatch!.rmsLog2).toBeCloseTo(0.235, 3);
  expect(of("power-saturating").reason).toMatch(/do not level off/);
  const found = list.filter((c) => c.reason === null || c.bestBatch !== null);
  for (const c of found) expect(c.bestBatch!.optima).toBe(8);
  expect(of("step-law").everyBatch).toBeNull();
  expect(list[0]!.form).toMatch(/^power-free/);
  const regrets = found.map((c) => c.bestBatch!.meanRegret!);
  expect(regrets).toEqual([...regrets].sort((p, q) => p - q));
});

it("near-optimal runs are sought in every seed, not in the luckiest alone", () => {
  const lucky = runs.map((r) => ({ ...r, seed: 3, runId: `${r.runId} 3`, finalLoss: r.finalLoss! * 0.994 }));
  const both = lawOf([...runs, ...lucky], { estimator: "near-optimal", seeds: "separate" });
  const count = (seed: number) => both.optima.filter((o) => o.used && o.seeds.includes(seed)).length;
  expect(count(3)).toBeGreaterThan(5);
  expect(count(runs[0]!.seed!)).toBe(count(3));
});
