import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../tests/golden/read-data";
import { curvesOf, optimumOf } from "./estimate";
import { fitLaw, fitSettingsSchema, forms } from "./fit";
import { pointsOfTable, readDelimited } from "./import";
import { recommend, recommendationTargetSchema } from "./recommend";
import type { RunPoint } from "./run";
import { transferReport } from "./transfer";

const real = quickstartRuns("quickstart-a.csv");
const target = recommendationTargetSchema.parse({ tokens: 1e9, batchSeqs: 64, seqLen: 64, params: 1e6 });

/** Runs that no law can be read from, each with what the refusal must say. */
const HOPELESS: [string, RunPoint[], RegExp][] = [
  ["no runs at all", [], /no curve/i],
  ["one learning rate", real.filter((r) => r.peakLr === 0.004), /no curve/i],
  ["all diverged", real.map((r) => ({ ...r, state: "diverged" as const, finalLoss: Number.NaN })), /no curve/i],
  ["flat losses", real.map((r) => ({ ...r, finalLoss: 2.5 })), /no curve/i],
  ["every optimum on the edge", real.map((r) => ({ ...r, finalLoss: 2 + r.peakLr })), /no curve/i],
  ["losses that are NaN", real.map((r) => ({ ...r, finalLoss: Number.NaN })), /no curve/i],
  ["losses below zero", real.map((r) => ({ ...r, finalLoss: -1 - r.peakLr })), /no curve/i],
  ["learning rates of zero", real.map((r) => ({ ...r, peakLr: 0 })), /no curve/i],
  ["learning rates that are NaN", real.map((r) => ({ ...r, peakLr: Number.NaN })), /no curve/i],
  ["token counts that are infinite", real.map((r) => ({ ...r, tokens: Number.POSITIVE_INFINITY })), /no curve/i],
  ["one token count", real.filter((r) => r.tokens === 262_144), /token count/],
];

describe.each(HOPELESS)("%s", (_, runs, message) => {
  it.each(["power", "power-free"] as const)("gives %s no law but a reason", (form) => {
    const result = fitLaw(runs, fitSettingsSchema.parse({ form }));
    expect(result.fit).toBeNull();
    expect(result.notIdentifiable?.message).toMatch(message);
    expect(recommend(result, target)).toBeNull();
  });
  it.each(forms)("does not crash %s, and nothing comes out that is no number", (form) => {
    const text = JSON.stringify(fitLaw(runs, fitSettingsSchema.parse({ form, bootstrap: 20 })));
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
    expect(transferReport(runs, real, { settings: fitSettingsSchema.parse({}) }).verdict).toBe("inconclusive");
  });
});

describe("hard but not hopeless", () => {
  it("warns of two sizes only where the law depends on the size", () => {
    const { fit, warnings } = fitLaw(real, fitSettingsSchema.parse({ form: "power-free-size" }));
    expect(fit).not.toBeNull();
    expect(warnings.find((w) => w.code === "few-values")?.message).toContain("only 2 different model sizes");
  });

  it("asks for the size where runs have none", () => {
    const runs = real.map((r) => ({ ...r, paramsTotal: null, paramsNonEmbedding: null, paramsActive: null }));
    for (const form of ["power-free-size", "step-law", "compute", "horizon"] as const) {
      expect(fitLaw(runs, fitSettingsSchema.parse({ form })).notIdentifiable?.reason).toBe("no-params");
    }
    expect(fitLaw(runs, fitSettingsSchema.parse({ form: "power-free" })).fit).not.toBeNull();
  });

  it("keeps rates of 1e-30 apart, and scales with them", () => {
    const law = (runs: RunPoint[]) => {
      const { fit } = fitLaw(runs, fitSettingsSchema.parse({}));
      return fit?.kind === "lr" ? fit.law : null;
    };
    const tiny = law(real.map((r) => ({ ...r, peakLr: r.peakLr * 1e-30 })))!;
    const usual = law(real)!;
    expect(tiny.b).toBeCloseTo(usual.b!, 9);
    expect(tiny.A! * 1e30).toBeCloseTo(usual.A!, 9);
  });

  it("reads learning rates that are text", () => {
    const table = readDelimited('lr,tokens,batchSeqs,loss\n"3e-3",1E6,8,2.5\n1e-30,1e6,8,3\n"",1e6,8,3\n');
    const { points, problems } = pointsOfTable(table, {});
    expect(points.map((p) => p.peakLr)).toEqual([0.003, 1e-30]);
    expect(problems).toEqual([expect.objectContaining({ line: 4, field: "peakLr", message: "is missing" })]);
  });
});

describe("what must change nothing", () => {
  const settings = fitSettingsSchema.parse({ form: "power-free", bootstrap: 50 });
  const lawOf = (runs: RunPoint[]) => {
    const { fit } = fitLaw(runs, settings);
    return fit?.kind === "lr" ? fit.regression.coefficients.map((c) => [c.name, c.value, c.se, c.bootstrap]) : null;
  };

  it("the order of the runs", () => expect(lawOf([...real].reverse())).toEqual(lawOf(real)));

  it("runs that occur twice", () => {
    const twice = [...real, ...real.map((r) => ({ ...r, runId: `${r.runId} again` }))];
    expect(lawOf(twice)).toEqual(lawOf(real));
    const optima = curvesOf(twice, settings).map((c) => optimumOf(c, "ew"));
    expect(new Set(optima.flatMap((o) => o.points.map((p) => p.n)))).toEqual(new Set([1]));
    expect(optima.every((o) => o.points.every((p) => p.runIds.length === 2))).toBe(true);
  });

  it("the unit of the batch, but in the amplitude", () => {
    const inTokens = lawOf(real.map((r) => ({ ...r, batchSeqs: r.batchSeqs * 64, seqLen: 1 })))!;
    const inSeqs = lawOf(real)!;
    for (const j of [1, 2]) expect(inTokens[j]![1]).toBeCloseTo(inSeqs[j]![1] as number, 9);
    expect(inTokens[0]![1]).toBeCloseTo((inSeqs[0]![1] as number) - Math.log(64) * (inSeqs[1]![1] as number), 8);
  });
});
