import { describe, expect, it } from "vitest";
import { readRows } from "../../tests/golden/read-data";
import { fitLoss, type LossRow, predictLoss } from "./loss-fit";
import { publishedLaws } from "./published-laws";
import { mulberry32, percentileInterval } from "./random";

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
    const exact = rows.map((row) => ({ ...row, loss: predictLoss(publishedLaws.hoffmann, row) }));
    const fit = fitLoss(exact);
    if (!("law" in fit)) throw new Error(fit.message);
    for (const name of ["E", "A", "B", "alpha", "beta"] as const) {
      expect(Math.abs(fit.law[name] / publishedLaws.hoffmann[name] - 1)).toBeLessThan(1e-3);
    }
  });

  it("refuses losses at too few sizes", () => {
    expect(fitLoss(rows.slice(0, 4))).toMatchObject({ reason: "too-few-optima" });
    expect(fitLoss(rows.map((r) => ({ ...r, params: 1e6 })))).toMatchObject({ reason: "one-value" });
  });
});

describe("published laws", () => {
  const { deepSeek, stepLaw, kaplan, miniCpm, hoffmann, epochRefit } = publishedLaws;
  it.each([
    [deepSeek.lr(1e17), 0.0023381701446985974, 1e-9],
    [deepSeek.batchTokens(1e17), 106189.81, 1e-7],
    [deepSeek.lr(1e20), 0.0009859981744405008, 1e-9],
    [deepSeek.batchTokens(1e20), 1017144.96, 1e-7],
    [stepLaw.lr(1e9, 1e11), 0.001632499402447079, 1e-9],
    [stepLaw.batchTokens(1e11), 1107714.889, 1e-8],
    [stepLaw.lr(7e9, 1.4e12), 0.0009165569088563072, 1e-9],
    [stepLaw.batchTokens(1.4e12), 4998815.43, 1e-8],
    [kaplan.lr(1e9), 0.00034810441574597596, 1e-9],
    [kaplan.lr(2.155e9), 0.000240997609809954, 1e-9],
    [kaplan.criticalBatchTokens(3), 1069114.01, 1e-8],
    [miniCpm.batchTokens(3), 1275113.198, 1e-8],
    [miniCpm.batchTokens(2.5), 3977770.441, 1e-8],
    [predictLoss(hoffmann, { params: 7e10, tokens: 1.4e12 }), 1.9366454705587173, 1e-9],
    [predictLoss(epochRefit, { params: 7e10, tokens: 1.4e12 }), 1.9738818631585637, 1e-9],
  ])("gives %d, published as %d", (actual, expected, tolerance) => {
    expect(Math.abs(actual / expected - 1)).toBeLessThan(tolerance);
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
