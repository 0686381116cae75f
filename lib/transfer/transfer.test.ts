import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { type FitSettingsInput, fitSettingsSchema } from "../fit";
import type { RunPoint } from "../run";
import { type CheckName, type TransferCheck, transferReport } from "./index";

const runs = quickstartRuns("quickstart-a.csv");
const small = runs.filter((r) => r.width === 32);
const large = runs.filter((r) => r.width === 64);
const moe = quickstartRuns("quickstart-moe.csv");

function report(source: RunPoint[], target: RunPoint[], settings: FitSettingsInput = {}) {
  return transferReport(source, target, { settings: fitSettingsSchema.parse({ estimator: "ew", ...settings }) });
}

function evidence(checks: readonly TransferCheck[], name: CheckName): Record<string, unknown> {
  const found = checks.find((c) => c.name === name)!;
  return { ...found.evidence, verdict: found.verdict };
}

describe("27k to 94k, as published for the quickstart", () => {
  it.each<[FitSettingsInput["form"], number, number, number, number]>([
    ["power-free", 0.19, 0.44, 0.25, 0.68],
    ["power", 0.5, 0.8, 0.64, 1.49],
  ])("%s", (form, rms, max, meanPercent, maxPercent) => {
    const { checks, cells } = report(small, large, { form });
    expect(cells).toHaveLength(12);
    const error = evidence(checks, "lr-error");
    expect(error.rmsLog2).toBeCloseTo(rms, 2);
    expect(error.maxLog2).toBeCloseTo(max, 2);
    const regret = evidence(checks, "regret");
    // 1.4950 was printed as 1.49.
    expect(Math.abs(100 * Number(regret.meanRegret) - meanPercent)).toBeLessThan(0.0056);
    expect(Math.abs(100 * Number(regret.maxRegret) - maxPercent)).toBeLessThan(0.0056);
    expect(error.copyRmsLog2).toBeCloseTo(0.17, 2);
    expect(error.copyMaxLog2).toBeCloseTo(0.28, 2);
    expect(100 * Number(regret.copyMeanRegret)).toBeCloseTo(0.23, 2);
    expect(100 * Number(regret.copyMaxRegret)).toBeCloseTo(0.69, 2);
    expect(100 * Number(regret.meanFloor)).toBeCloseTo(0.14, 2);
  });

  it("passes the free law and says what it costs", () => {
    const result = report(small, large);
    expect(result.checks.map((c) => [c.name, c.verdict])).toEqual([
      ["lr-error", "inconclusive"],
      ["regret", "pass"],
      ["shift", "pass"],
      ["same-law", "inconclusive"],
      ["width-slope", "pass"],
      ["leave-largest-out", "pass"],
    ]);
    expect(result.verdict).toBe("pass");
    expect(result.sentence).toContain("costs 0.25% of the loss on average (median 0.23%, worst 0.68%) in 12 cells");
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  it("warns of the paper's form, which misses by half an octave", () => {
    const result = report(small, large, { form: "power" });
    expect(result.verdict).toBe("warn");
    expect(Number(evidence(result.checks, "regret").skill)).toBeLessThan(0);
  });

  it("judges no width between models of other kinds, and names what is known of them", () => {
    const sentence = (target: RunPoint[]) =>
      report(small, target).checks.find((c) => c.name === "width-slope")!.sentence;
    expect(sentence(large.map((r) => ({ ...r, depth: 6 })))).toBe(
      "Not decided: the runs mix mup dense of depth 2 and mup dense of depth 6.",
    );
    expect(
      sentence(large.map((r) => ({ ...r, depth: null, architecture: "unknown", parametrization: "unknown" }))),
    ).toBe("Not decided: the runs mix mup dense of depth 2 and models of unknown depth.");
  });

  it("finds no slope in width under muP", () => {
    const slope = evidence(report(small, large).checks, "width-slope");
    expect(slope.widths).toEqual([32, 64]);
    expect(Math.abs(Number(slope.slope))).toBeLessThan(0.15);
    expect(slope.scaledSlope).toBeCloseTo(Number(slope.slope) - 1, 12);
  });
});

describe("dense to mixture of experts", () => {
  // The published shift, -0.47 log2, pairs the MoE runs (seed 1) with dense runs of seed 1; those at hand have seed 2.
  it("shows the target's optima below the source's", () => {
    const result = report(small, moe);
    const shift = evidence(result.checks, "shift");
    expect(shift.pairs).toBe(12);
    expect(shift.shiftLog2).toBeCloseTo(-0.31, 2);
    expect(shift.seedsDiffer).toBe(true);
    expect(shift.verdict).toBe("pass");
    const law = evidence(result.checks, "same-law");
    const slopes = law.slopes as { name: string; target: number }[];
    expect(slopes.find((s) => s.name === "b")!.target).toBeCloseTo(-0.47, 2);
    expect(slopes.find((s) => s.name === "c")!.target).toBeCloseTo(0.54, 2);
    expect(result.definitions).toEqual([]);
  });

  it("compares the definitions of N for a form that has one", () => {
    const { definitions } = report(runs, moe, { form: "power-free-size" });
    expect(definitions.map((d) => d.definition)).toEqual(["nonEmbedding", "total", "active"]);
  });
});

/** U-curves around `law`, with a reproducible wobble of each optimum by up to `wobble` in ln LR. */
function syntheticRuns(
  law: (batch: number, tokens: number) => number,
  overrides: Partial<RunPoint>,
  wobble = 0.04,
): RunPoint[] {
  return [1, 2, 4, 8].flatMap((t, i) =>
    [4, 8, 16].flatMap((batchSeqs, j) =>
      [-2, -1, 0, 1, 2].map((octave) => {
        const tokens = t * 131072;
        const offset = wobble * Math.sin(7 * i + 3 * j + (overrides.width ?? 0));
        const x = octave * Math.LN2;
        return {
          ...small[0]!,
          ...overrides,
          runId: `${overrides.width}-${tokens}-${batchSeqs}-${octave}`,
          tokens,
          batchSeqs,
          peakLr: law(batchSeqs, tokens) * 2 ** octave,
          finalLoss: 2 - 0.1 * Math.log(t) + 0.01 * Math.log(batchSeqs) + 0.03 * (x - offset) ** 2,
        };
      }),
    ),
  );
}

describe("made-up targets", () => {
  const law = (batch: number, tokens: number) => 0.3 * batch ** 0.6 * tokens ** -0.4;
  const source = syntheticRuns(law, { width: 32 });

  it.each<[string, (batch: number, tokens: number) => number, string, string]>([
    ["the same law", law, "pass", "pass"],
    ["a law shifted by 2.2", (b, t) => 2.2 * law(b, t), "fail", "warn"],
    ["another exponent", (b, t) => law(b, t) * (t / 370728) ** -1, "inconclusive", "fail"],
  ])("%s", (_name, targetLaw, shift, sameLaw) => {
    const { checks } = report(source, syntheticRuns(targetLaw, { width: 64 }));
    expect(evidence(checks, "shift").verdict).toBe(shift);
    expect(evidence(checks, "same-law").verdict).toBe(sameLaw);
  });

  it("fails a width law of the standard parametrization", () => {
    const standard = { parametrization: "standard" };
    const from = syntheticRuns(law, { ...standard, width: 32 });
    const to = syntheticRuns((b, t) => law(b, t) / 8, { ...standard, width: 256 });
    const slope = evidence(report(from, to).checks, "width-slope");
    expect(slope.slope).toBeCloseTo(-1, 1);
    expect(slope.scaledSlope).toBe(slope.slope);
    expect(slope.verdict).toBe("fail");
  });

  it("fails where the law points among diverged runs", () => {
    const target = syntheticRuns((b, t) => law(b, t) / 8, { width: 64 }).map((r) =>
      r.peakLr > law(r.batchSeqs, r.tokens) / 3 ? { ...r, finalLoss: null, state: "diverged" as const } : r,
    );
    const wide = target.concat(
      target.filter((r) => r.finalLoss === null).map((r) => ({ ...r, runId: `${r.runId}x`, peakLr: r.peakLr * 8 })),
    );
    const result = report(source, wide);
    expect(evidence(result.checks, "regret").verdict).toBe("fail");
    expect(result.verdict).toBe("fail");
  });

  it("refuses other data, a censored target and a small source, with the reason", () => {
    const other = report(source, syntheticRuns(law, { width: 64, data: "another text" }));
    expect(other).toMatchObject({ verdict: "inconclusive", checks: [] });
    expect(other.refused).toContain("sotu against another text");
    const cut = syntheticRuns(law, { width: 64 }).filter((r) => r.peakLr < 0.9 * law(r.batchSeqs, r.tokens));
    expect(report(source, cut).refused).toMatch(/no curve of the target has a bracketed optimum/);
    const two = source.filter((r) => r.tokens <= 262144);
    expect(report(two, syntheticRuns(law, { width: 64 })).refused).toContain("only 2 combinations");
  });
});

it("says that no run has a width, rather than that all have the same", () => {
  const without = (list: RunPoint[]) => list.map((r) => ({ ...r, width: null }));
  const { checks } = report(without(small), without(large));
  expect(checks.find((c) => c.name === "width-slope")!.sentence).toMatch(/^Not decided: no run says its width/);
});
