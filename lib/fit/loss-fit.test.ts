import { describe, expect, it } from "vitest";
import { readRows } from "../../tests/golden/read-data";
import { plantedRun } from "../simulate";
import { fitLaw } from "./fit-law";
import { fitLoss, type LossRow, predictLoss } from "./loss-fit";
import { mulberry32, percentileInterval } from "./random";
import { fitSettingsSchema } from "./settings";

/** arXiv 2203.15556, and its refit, arXiv 2404.10102. */
const hoffmann = { E: 1.69, A: 406.4, B: 410.7, alpha: 0.34, beta: 0.28 };
const refit = { E: 1.8172, A: 482.01, B: 2085.43, alpha: 0.3478, beta: 0.3658 };

describe("loss law", () => {
  const all = readRows("chinchilla-epoch.csv").map((r, i): LossRow => {
    const params = Number(r["Model Size"]);
    return { cellKey: String(i), params, tokens: Number(r["Training FLOP"]) / (6 * params), loss: Number(r.loss) };
  });
  const rows = [...all].sort((p, q) => p.loss - q.loss).slice(0, 240);

  it("recovers the published refit from 240 points", () => {
    const fit = fitLoss(rows);
    if (!("law" in fit)) throw new Error(fit.message);
    expect(fit.objective).toBeLessThanOrEqual(0.00101828);
    expect(Math.abs(fit.law.A / 477.83 - 1)).toBeLessThan(0.01);
    expect(Math.abs(fit.law.B / 2143.4 - 1)).toBeLessThan(0.02);
    expect(Math.abs(fit.law.E / 1.81722 - 1)).toBeLessThan(0.001);
    expect(Math.abs(fit.law.alpha / 0.34731 - 1)).toBeLessThan(0.002);
    expect(Math.abs(fit.law.beta / 0.36717 - 1)).toBeLessThan(0.002);
  });

  it("recovers a law without noise", () => {
    const exact = rows.map((row) => ({ ...row, loss: predictLoss(hoffmann, row) }));
    const fit = fitLoss(exact);
    if (!("law" in fit)) throw new Error(fit.message);
    for (const name of ["E", "A", "B", "alpha", "beta"] as const) {
      expect(Math.abs(fit.law[name] / hoffmann[name] - 1)).toBeLessThan(1e-3);
    }
  });

  it.each([
    [hoffmann, 1.9366454705587173],
    [refit, 1.9738818631585637],
  ])("predicts the loss of 70B parameters at 1.4T tokens by published coefficients", (law, loss) => {
    expect(Math.abs(predictLoss(law, { params: 7e10, tokens: 1.4e12 }) / loss - 1)).toBeLessThan(1e-9);
  });

  it("refuses losses at too few sizes", () => {
    expect(fitLoss(rows.slice(0, 4))).toMatchObject({ reason: "too-few-optima" });
    expect(fitLoss(rows.map((r) => ({ ...r, params: 1e6 })))).toMatchObject({ reason: "one-value" });
  });
});

describe("random numbers", () => {
  it("begins with the published values at seed 42", () => {
    const random = mulberry32(42);
    expect([random(), random(), random()]).toEqual([0.6011037519201636, 0.44829055899754167, 0.8524657934904099]);
  });

  it("interpolates quantiles linearly", () => {
    expect(percentileInterval([4, 1, 3, 2], 0.5)).toEqual({ low: 1.75, high: 3.25 });
    expect(percentileInterval([])).toBeNull();
  });
});

it("runs with equal tokens per parameter: their sizes and lengths are said to be one axis (LAW-07)", () => {
  const rows = [...Array(8).keys()].map((i) => {
    const params = 1e7 * 2 ** i;
    return {
      ...plantedRun({ params, batchSeqs: 8, tokens: 20 * params, peakLr: 0.01, seed: 1, finalLoss: 1 }),
      runId: `r${i}`,
      finalLoss: 1.7 + 400 * params ** -0.34 + 410 * (20 * params) ** -0.28 + 0.001 * Math.sin(i),
    };
  });
  const { warnings } = fitLaw(rows, fitSettingsSchema.parse({ form: "chinchilla", paramDefinition: "total" }));
  expect(warnings.map((w) => w.code)).toContain("size-tokens-collinear");
  const apart = rows.map((run, i) => ({ ...run, tokens: 1e8 * 3 ** (i % 4) }));
  const other = fitLaw(apart, fitSettingsSchema.parse({ form: "chinchilla", paramDefinition: "total" }));
  expect(other.warnings.map((w) => w.code)).not.toContain("size-tokens-collinear");
});
