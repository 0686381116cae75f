import { describe, expect, it } from "vitest";
import { FITTED, publishedCurve, TESTED } from "../../tests/golden/schedule-curves";
import { fitScheduleLaw, scoreOf } from "./index";

/** Of arXiv 2503.12811, as its repository has them (tests/golden/data/multi-power-law/README.md). */
const PUBLISHED = [
  {
    size: "25M",
    rmse: 0.00465,
    law: {
      L0: 3.04045406,
      A: 0.52468604,
      alpha: 0.50786857,
      B: 363.78751622,
      C: 2.06560812,
      beta: 0.58279013,
      gamma: 0.64142257,
    },
  },
  {
    size: "400M",
    rmse: 0.0073,
    law: {
      L0: 2.37474466,
      A: 0.65421216,
      alpha: 0.42878731,
      B: 523.42464371,
      C: 2.02462735,
      beta: 0.59350493,
      gamma: 0.63472457,
    },
  },
];

describe.each(PUBLISHED)("curves of $size", ({ size, rmse, law }) => {
  const tested = TESTED.map((name) => publishedCurve(size, name));
  const fitted = FITTED.map((name) => publishedCurve(size, name));

  it("the published law has its published error, the mean of the curves'", () => {
    const { curves } = scoreOf(law, tested);
    const mean = curves.reduce((sum, c) => sum + c.rmse, 0) / curves.length;
    expect(Math.abs(mean - rmse)).toBeLessThan(2e-5);
  });

  it("a law fitted to three predicts the other six as well as the published one", () => {
    const fit = fitScheduleLaw(fitted);
    if (!("law" in fit)) throw new Error(fit.message);
    const test = scoreOf(fit.law, tested);
    const mean = test.curves.reduce((sum, c) => sum + c.rmse, 0) / test.curves.length;
    expect(test.rmse).toBeLessThanOrEqual(1.1 * rmse);
    expect(mean).toBeLessThanOrEqual(rmse);
    expect(test.r2).toBeGreaterThan(0.998);
    expect(fit.atBounds).toEqual([]);
    expect(fit.shared).toBeGreaterThan(1e-6);
  });

  it("without its anchor it would predict them worse", () => {
    const free = fitScheduleLaw(fitted, { anchor: false });
    if (!("law" in free)) throw new Error(free.message);
    expect(scoreOf(free.law, tested).rmse).toBeGreaterThan(1.5 * rmse);
  });

  it("the same curves give the same bits", () => {
    expect(fitScheduleLaw(fitted)).toEqual(fitScheduleLaw(fitted));
  });
});
