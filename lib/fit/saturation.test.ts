import { describe, expect, it } from "vitest";
import { plantedOptimum, plantedSurface, quickstartDesign, type SurfaceDesign } from "../simulate";
import { compareForms, fitLaw, fitSettingsSchema, type LrFit, powerLawAt, predictLr } from ".";

const design: SurfaceDesign = {
  ...quickstartDesign,
  law: { lnA: -1, c: 0.7, b: -0.2, d: -0.1 },
  sizes: [1e7, 3e7, 1e8],
  batches: [32, 64, 128, 256, 512, 1024],
  tokens: [1e9, 4e9, 1.6e10],
  levelsAt: 200,
};
const exact = { ...design, scatter: 0, noise: 1e-7, seedEffect: 0, curvatureScatter: 0, cubic: 0 };
const settings = fitSettingsSchema.parse({ form: "power-saturating" });
const lawOf = (of: SurfaceDesign, draw = 1) => fitLaw(plantedSurface(of, draw), settings);

describe("a law that levels off along the batch", () => {
  const { law, regression, saturation } = lawOf(exact).fit as LrFit;

  it("is the one that was planted", () => {
    expect(law.B0! / 200).toBeCloseTo(1, 2);
    expect(law.c).toBeCloseTo(0.7, 2);
    expect(law.b).toBeCloseTo(-0.2, 3);
    expect(law.d).toBeCloseTo(-0.1, 3);
    expect(Math.exp(saturation!.lnB0) / law.B0!).toBeCloseTo(1, 8);
    expect(saturation!.test!.p).toBeLessThan(1e-6);
    expect(regression.coefficients.map((c) => c.name)).toEqual(["ln A", "c", "b", "d", "ln B0"]);
  });

  it("predicts, and gives the same schedule, far above its batch", () => {
    const fit = lawOf(exact).fit as LrFit;
    const at = { params: 1e9, batchSeqs: 4096, tokens: 1e11, seqLen: 64 };
    const { lr } = predictLr(fit, at)!;
    expect(Math.abs(Math.log(lr) - plantedOptimum(exact, at))).toBeLessThan(0.02);
    const { a, b } = powerLawAt(fit, at)!;
    expect((at.batchSeqs * a * Math.exp(b * Math.log(at.tokens))) / lr).toBeCloseTo(1, 8);
  });

  it("is sure of where it levels off as far as the optima are", () => {
    const fit = lawOf(design, 3).fit as LrFit;
    const level = fit.regression.coefficients.at(-1)!;
    expect(level.t.low).toBeLessThan(Math.log(200));
    expect(level.t.high).toBeGreaterThan(Math.log(200));
    expect(level.se).toBeGreaterThan(0.05);
    expect(fit.saturation!.test!.p).toBeLessThan(0.05);
  });

  it("is compared with the other forms on unseen cells", () => {
    const forms = compareForms(plantedSurface(design, 3), fitSettingsSchema.parse({ form: "power-free-size" }));
    const error = (form: string) => forms.find((f) => f.form === form)!.everyBatch!.rmsLog2;
    expect(error("power-saturating")).toBeLessThan(error("power-free-size"));
  });

  it("is none where rates are a power of the batch, or sizes are one", () => {
    const straight = lawOf({ ...exact, levelsAt: null });
    expect(straight.fit).toBeNull();
    expect(straight.notIdentifiable!.message).toMatch(/do not level off/);
    expect(lawOf({ ...exact, sizes: [1e7] }).notIdentifiable!.reason).toBe("one-value");
  });
});
