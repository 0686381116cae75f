import { describe, expect, it } from "vitest";
import golden from "../../tests/golden/fits.json";
import { quickstartRuns, readRows } from "../../tests/golden/read-data";
import type { RunPoint } from "../run";
import { sizeKeyOf } from "../run";
import { type FitSettingsInput, fitLaw, fitSettingsSchema, type LrFit, leastSquares } from "./index";

const runs = quickstartRuns("quickstart-a.csv");
const bySize = { "27k": runs.filter((r) => r.width === 32), "94k": runs.filter((r) => r.width === 64), pooled: runs };

function lrFitOf(points: RunPoint[], settings: FitSettingsInput): LrFit {
  const result = fitLaw(points, fitSettingsSchema.parse({ estimator: "ew", ...settings }));
  if (result.fit?.kind !== "lr") throw new Error(result.notIdentifiable?.message ?? "not a learning-rate fit");
  return result.fit;
}

const value = (fit: LrFit, name: string) => fit.regression.coefficients.find((c) => c.name === name)!;

describe("published table of the quickstart sweep", () => {
  it.each([
    ["27k", -0.27, 0.11, 0.38, 0.038, -0.28, 0.01, 0.995, 0.58, 0.04, -0.4, 0.05, 0.94, 0.25],
    ["94k", -0.33, 0.14, 0.37, 0.08, -0.34, 0.02, 0.99, 0.6, 0.04, -0.39, 0.05, 0.95, 0.24],
    ["pooled", -0.3, 0.08, 0.37, 0.055, -0.31, 0.02, 0.98, 0.59, 0.03, -0.39, 0.03, 0.95, 0.23],
  ] as const)("%s", (size, b, bSe, r2, a, bAvg, bAvgSe, r2Avg, c, cSe, bFree, bFreeSe, r2Free, sd) => {
    // Printed to two digits; -0.265 was printed as -0.27, so compare within just over half a unit.
    const close = (actual: number | null, printed: number, unit = 0.01) =>
      expect(Math.abs(actual! - printed)).toBeLessThan(0.56 * unit);
    const points = lrFitOf(bySize[size], { form: "power" });
    close(value(points, "b").value, b);
    close(value(points, "b").seIndependent!, bSe);
    close(points.regression.r2, r2);
    const averaged = lrFitOf(bySize[size], { form: "power-averaged" });
    close(averaged.law.a!, a, 0.001);
    close(averaged.law.b!, bAvg);
    close(value(averaged, "b").seIndependent!, bAvgSe);
    close(averaged.regression.r2, r2Avg, r2Avg === 0.995 ? 0.001 : 0.01);
    const free = lrFitOf(bySize[size], { form: "power-free" });
    close(free.law.c!, c);
    close(value(free, "c").seIndependent!, cSe);
    close(free.law.b!, bFree);
    close(value(free, "b").seIndependent!, bFreeSe);
    close(free.regression.r2, r2Free);
    close(free.regression.residualSdLog2, sd);
  });
});

describe("against an independent computation", () => {
  it.each(Object.entries(golden.quickstart))("quickstart, %s", (name, expected) => {
    const [form, size] = name.split(" ") as [
      "power" | "power-averaged" | "power-free" | "power-free-size",
      keyof typeof bySize,
    ];
    const { regression } = lrFitOf(bySize[size], { form });
    regression.coefficients.forEach((c, j) => {
      expect(c.value).toBeCloseTo(expected.coefficients[j]!, 9);
      expect(c.seIndependent).toBeCloseTo(expected.se[j]!, 9);
      expect(c.se).toBeCloseTo(expected.clustered.se[j]!, 9);
      expect(c.df).toBeCloseTo(expected.clustered.df[j]!, 7);
      expect(c.t.low).toBeCloseTo(expected.clustered.low[j]!, 8);
      expect(c.t.high).toBeCloseTo(expected.clustered.high[j]!, 8);
    });
    expect(regression.r2).toBeCloseTo(expected.r2, 9);
    expect(regression.residualSdLog2).toBeCloseTo(expected.sdLog2, 9);
    expect(regression.looRmseLog2).toBeCloseTo(expected.looLog2, 8);
    if (expected.aicc === null) expect(regression.aicc).toBeNull();
    else expect(regression.aicc).toBeCloseTo(expected.aicc, 7);
  });

  const porian = readRows("porian-optima.csv").filter((r) => r.n_star && r.ln_n_star_std);
  it.each(golden.porian.map((c) => [c.key, c] as const))("compute-optimal sizes, %s", (key, expected) => {
    const rows = porian.filter(
      (r) => [r.dataset, r.hparams, r.warmup, r.decay, r.param_count, r.split].join("/") === key,
    );
    const x = rows.map((r) => [1, Math.log(Number(r.flops))]);
    const y = rows.map((r) => Math.log(Number(r.n_star)));
    const weights = rows.map((r) => 1 / Number(r.ln_n_star_std) ** 2);
    for (const [fit, reference] of [
      [leastSquares(x, y)!, expected.ols],
      [leastSquares(x, y, weights)!, expected.weighted],
    ] as const) {
      expect(Math.abs(fit.coefficients[1]! / reference.coefficients[1]! - 1)).toBeLessThan(1e-8);
      expect(Math.abs(Math.sqrt(fit.covariance[1]![1]!) / reference.se[1]! - 1)).toBeLessThan(1e-8);
    }
  });
});

/** Noiseless U-curves whose optima follow the given law exactly. */
function syntheticRuns(
  law: (batch: number, tokens: number, params: number) => number,
  { tokens = [2, 4, 8, 16, 32, 64, 128, 256].map((t) => t * 1e9), batches = [64, 128, 256], params = [12e6] } = {},
): RunPoint[] {
  return params.flatMap((n) =>
    tokens.flatMap((t) =>
      batches.flatMap((batchSeqs) =>
        [-2, -1, 0, 1, 2].map((octave) => ({
          ...runs[0]!,
          runId: `n${n}-t${t}-b${batchSeqs}-${octave}`,
          width: null,
          depth: null,
          paramsTotal: n,
          paramsNonEmbedding: n,
          paramsActive: n,
          tokens: t,
          batchSeqs,
          peakLr: law(batchSeqs, t, n) * 2 ** octave,
          finalLoss: 2 + n ** -0.1 + t ** -0.1 + 0.01 * octave ** 2,
        })),
      ),
    ),
  );
}

describe("vectors of the paper's technical extract", () => {
  it("a noiseless curve returns its own law", () => {
    const fit = lrFitOf(
      syntheticRuns((batch, t) => batch * 4.6 * t ** -0.51),
      { form: "power" },
    );
    expect(fit.law.a!).toBeCloseTo(4.6, 8);
    expect(fit.law.b!).toBeCloseTo(-0.51, 10);
    expect(fit.regression.r2!).toBeCloseTo(1, 10);
  });

  it.each([
    [
      [
        [4.34, -0.507],
        [4.46, -0.508],
        [4.86, -0.513],
      ],
      4.547998217778333,
      -0.5093333333333333,
      0.99963,
    ],
    [
      [
        [5.17, -0.518],
        [3.81, -0.503],
        [3.76, -0.502],
      ],
      4.199534188702772,
      -0.5076666666666667,
      0.99863,
    ],
  ] as const)("pooled fit over three published curves %#", (laws, a, b, r2) => {
    const pooled = laws.flatMap(([la, lb], i) =>
      syntheticRuns((batch, t) => batch * la * t ** lb, { params: [12e6 * (i + 1)] }),
    );
    const fit = lrFitOf(pooled, { form: "power" });
    expect(Math.abs(fit.law.a! / a - 1)).toBeLessThan(1e-9);
    expect(Math.abs(fit.law.b! / b - 1)).toBeLessThan(1e-9);
    expect(fit.regression.r2!).toBeCloseTo(r2, 5);
  });

  it("recovers the Step Law and its batch law from the best batch of each cell", () => {
    const lr = (n: number, d: number) => 1.79 * n ** -0.713 * d ** 0.307;
    const batchOf = (d: number) => 0.58 * d ** 0.571;
    const points = [6e7, 2.5e8, 1e9].flatMap((n) =>
      [1e10, 4e10, 1e11].flatMap((d) =>
        [0.5, 1, 2].flatMap((f) =>
          [-1, 0, 1].map((octave) => ({
            ...runs[0]!,
            runId: `${n}-${d}-${f}-${octave}`,
            paramsTotal: n,
            paramsNonEmbedding: n,
            paramsActive: n,
            tokens: d,
            seqLen: 1,
            batchSeqs: f * batchOf(d),
            peakLr: lr(n, d) * 2 ** octave,
            finalLoss: 2 + 0.1 * Math.abs(Math.log2(f)) + 0.05 * octave ** 2,
          })),
        ),
      ),
    );
    const fit = lrFitOf(points, { form: "step-law", seeds: "average" });
    expect(fit.law.alpha!).toBeCloseTo(-0.713, 8);
    expect(fit.law.beta!).toBeCloseTo(0.307, 8);
    expect(fit.batch!.coefficients[1]!.value).toBeCloseTo(0.571, 8);
    const horizon = lrFitOf(points, { form: "horizon" });
    expect(horizon.law.alpha!).toBeCloseTo(0.713, 8);
    expect(horizon.law.beta!).toBeCloseTo(-0.307, 8);
  });
});

describe("choices and refusals", () => {
  it("drops by hand: runs, curves, sizes", () => {
    const all = fitLaw(runs, fitSettingsSchema.parse({}));
    const curve = all.optima[0]!.key;
    const result = fitLaw(
      runs,
      fitSettingsSchema.parse({
        excludedCurves: [curve],
        sizes: [sizeKeyOf(runs[0]!)],
        excludedRunIds: [runs[1]!.runId],
      }),
    );
    expect(result.optima.find((o) => o.key === curve)).toMatchObject({ used: false, leftOut: "excluded by hand" });
    expect(result.fit).toMatchObject({ regression: { n: 19 } });
    expect(result.runIds).toHaveLength(239);
    expect(result.inputHash).not.toBe(all.inputHash);
  });

  it("says which dimension is missing instead of fitting", () => {
    const one = fitLaw(
      runs.filter((r) => r.tokens === 131072),
      fitSettingsSchema.parse({ form: "power" }),
    );
    expect(one.fit).toBeNull();
    expect(one.notIdentifiable!.reason).toBe("one-value");
    expect(one.notIdentifiable!.message).toContain("token count (131072)");
    const none = fitLaw([], fitSettingsSchema.parse({}));
    expect(none.notIdentifiable!.reason).toBe("no-optima");
    const few = fitLaw(
      runs.filter(
        (r) => r.batchSeqs <= 4 && r.tokens <= 262144 && r.width === 32 && !(r.batchSeqs === 4 && r.tokens > 131072),
      ),
      fitSettingsSchema.parse({}),
    );
    expect(few.notIdentifiable!.reason).toBe("too-few-optima");
  });

  it("rejects c = 1 on the quickstart and shows the free form beside the paper's", () => {
    const result = fitLaw(runs, fitSettingsSchema.parse({ form: "power", estimator: "ew" }));
    const [batch, size] = result.hypotheses;
    expect(batch!.rejected).toBe(true);
    expect(batch!.estimate).toBeCloseTo(0.589, 3);
    expect(batch!.sentence).toContain("rejected (p < 0.001)");
    expect(size!.coefficient).toBe("d");
    expect(result.companion!.form).toBe("power-free");
    expect(result.warnings.map((w) => w.code)).toContain("batch-not-proportional");
  });

  it("warns of edges, few values and narrow ranges", () => {
    const cut = runs.filter((r) => r.tokens <= 262144 && !(r.batchSeqs === 32 && r.peakLr > 0.016));
    const codes = fitLaw(cut, fitSettingsSchema.parse({ estimator: "ew" })).warnings.map((w) => w.code);
    expect(codes).toEqual(expect.arrayContaining(["curves-left-out", "few-values", "narrow-range"]));
  });

  it("takes every near-optimal run in that mode, whatever the status of its curve", () => {
    const fit = lrFitOf(runs, { form: "step-law", estimator: "near-optimal" });
    const count = [26624, 94208].reduce(
      (total, n) =>
        total +
        [131072, 262144, 524288, 1048576].reduce((sum, t) => {
          const losses = runs.filter((r) => r.paramsNonEmbedding === n && r.tokens === t).map((r) => r.finalLoss!);
          return sum + losses.filter((l) => l <= 1.0025 * Math.min(...losses)).length;
        }, 0),
      0,
    );
    expect(fit.regression.n).toBe(count);
    expect(fit.batch!.n).toBe(count);
    const cut = fitLaw(
      runs.filter((r) => r.batchSeqs !== 2 || r.peakLr >= 0.004),
      fitSettingsSchema.parse({ estimator: "near-optimal" }),
    );
    expect(cut.warnings.map((w) => w.code)).toContain("near-optimal-at-edge");
  });
});

describe("reproducibility", () => {
  it("gives the same bits for the same runs in another order, through JSON", () => {
    const settings = fitSettingsSchema.parse({ bootstrap: 200 });
    const first = JSON.stringify(fitLaw(runs, settings));
    expect(JSON.stringify(fitLaw([...runs].reverse(), settings))).toBe(first);
    expect(first).not.toContain("null,null,null,null");
    const parsed: unknown = JSON.parse(first);
    expect(JSON.stringify(parsed)).toBe(first);
  });

  it("has bootstrap intervals near those by t, over enough trunks alone", () => {
    // Another depth for half of the token counts makes 20 trunks of 10.
    const twenty = runs.map((r) => (r.tokens > 300_000 ? { ...r, depth: 3 } : r));
    const c = value(lrFitOf(twenty, { bootstrap: 1000 }), "c");
    const width = ({ low, high }: { low: number; high: number }) => high - low;
    expect(Math.abs(width(c.bootstrap!) / width(c.t) - 1)).toBeLessThan(0.25);
    expect(value(lrFitOf(runs, { bootstrap: 1000 }), "c").bootstrap).toBeNull();
  });
});

it("counts runs that ended without a result instead of taking them for diverged", () => {
  const base = bySize["27k"].find((r) => r.finalLoss !== null)!;
  const curve = [0.001, 0.002, 0.004].map((peakLr, i) => ({
    ...base,
    runId: `r${i}`,
    peakLr,
    finalLoss: 3.3 - i / 10,
    state: "finished" as const,
    trainLossQuartile: null,
  }));
  const silent = { ...curve[0]!, runId: "silent", peakLr: 0.008, finalLoss: null };
  const fit = fitLaw([...curve, silent], fitSettingsSchema.parse({ form: "power" }));
  expect(fit.optima.map((o) => [o.status, o.points.length])).toEqual([["censored-high", 3]]);
  expect(fit.warnings.find((w) => w.code === "runs-without-result")?.message).toMatch(
    /^1 finished run has no final loss/,
  );
});

it("pools no recipes without saying so, and says where they leave curves with too few rates", () => {
  const mixed = bySize["27k"].map((run) => ({
    ...run,
    weightDecay: run.batchSeqs > 8 ? 0.1 : 0.3,
    optimizer: "adamw",
  }));
  const codes = (runs: RunPoint[]) => fitLaw(runs, fitSettingsSchema.parse({})).warnings.map((w) => w.code);
  expect(codes(mixed)).toContain("mixed-weight-decays");
  expect(codes(mixed)).not.toContain("mixed-optimizers");
  const everyRunItsOwn = bySize["27k"].map((run) => ({ ...run, recipe: run.runId }));
  const fit = fitLaw(everyRunItsOwn, fitSettingsSchema.parse({}));
  expect(fit.fit).toBeNull();
  expect(fit.warnings.find((w) => w.code === "split-by-recipe")?.message).toMatch(
    /differ in more than the rate: recipe/,
  );
});
