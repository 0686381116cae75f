import { inverse, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { fitLaw, fitOptima, fitSettingsSchema, type LrFit, predictLr, sketchLaw } from "@/lib/fit";
import { bentAt, bentDegrees, halfWidth } from "@/lib/fit/bend";
import { definitionOf, type LawPoint } from "@/lib/fit/forms";
import { leastSquares } from "@/lib/fit/linear";
import { remlScatter } from "@/lib/fit/mixed";
import { COVERAGE_DESIGNS, plantedOptimum, plantedSurface, quickstartDesign, type SurfaceDesign } from "@/lib/simulate";
import { quickstartRuns } from "../golden/read-data";

const runs = quickstartRuns("quickstart-a.csv");
const lawOf = (settings: Parameters<typeof fitSettingsSchema.parse>[0]) =>
  sketchLaw(runs, fitSettingsSchema.parse(settings)).fit as LrFit;
const at = (part: Partial<LawPoint>): LawPoint => ({
  tokens: 2 ** 19,
  batchSeqs: 8,
  params: 94_208,
  seqLen: 64,
  ...part,
});
const width = ({ low, high }: { low: number; high: number }) => Math.log(high / low);

describe("a law that may bend", () => {
  const fit = lawOf({ form: "power-free" });
  const form = definitionOf("power-free");

  it("is the posterior of its squares, by whole matrices", () => {
    const { rows } = fit.regression;
    const terms = fit.bend!.terms;
    const squaresOf = (point: LawPoint) =>
      [point.batchSeqs, point.tokens].map((v, k) => (Math.log(v) - terms[k]!.center) ** 2 / 2);
    const x = rows.map((row) => [...form.design(row), ...squaresOf(row)]);
    const y = rows.map((row) => Math.log(row.lr));
    const trunks = rows.map((row) => row.trunkKey);
    const variances = rows.map((row) => row.se ** 2);
    const plain = leastSquares(x, y)!;
    const scatter = remlScatter({ x, y, variances, trunks }, plain.variance);
    const v = Matrix.zeros(rows.length, rows.length);
    for (let i = 0; i < rows.length; i++)
      for (let j = 0; j < rows.length; j++)
        if (trunks[i] === trunks[j]) v.set(i, j, scatter.trunk + (i === j ? scatter.curve + variances[i]! : 0));
    const X = new Matrix(x);
    const weighed = X.transpose().mmul(inverse(v));
    const posterior = inverse(
      Matrix.add(weighed.mmul(X), Matrix.diag([0, 0, 0, ...terms.map(({ sd }) => 1 / sd ** 2)])),
    );
    const coefficients = posterior.mmul(weighed).mmul(Matrix.columnVector(y)).to1DArray();
    for (const [j, c] of fit.bend!.coefficients.entries()) expect(c).toBeCloseTo(coefficients[j]!, 4);
    const point = at({ batchSeqs: 128 });
    const z = Matrix.rowVector([...form.design(point), ...squaresOf(point)]);
    expect(bentAt(fit.bend!, form, point).variance).toBeCloseTo(z.mmul(posterior).mmul(z.transpose()).get(0, 0), 4);
    // The quickstart's own: steeper at larger batches, half of which the prior believes.
    expect(fit.bend!.coefficients[3]).toBeGreaterThan(0.05);
    expect(fit.bend!.coefficients[3]).toBeLessThan(0.16);
  });

  it("widens the interval where the data end, and hardly within them", () => {
    const settings = fitSettingsSchema.parse({ form: "power-free" });
    const laws = Array.from({ length: 10 }, (_, i) => sketchLaw(plantedSurface(quickstartDesign, i), settings).fit);
    const factorAt = (part: Partial<LawPoint>) =>
      laws.reduce((sum, planted) => {
        const { confidence, straight, prediction } = predictLr(planted as LrFit, at(part))!;
        expect(confidence.low).toBeLessThanOrEqual(straight!.low);
        expect(confidence.high).toBeGreaterThanOrEqual(straight!.high);
        expect(width(prediction)).toBeGreaterThanOrEqual(width(confidence));
        return sum + width(confidence) / width(straight!) / laws.length;
      }, 0);
    const factors = [4, 32, 64, 128, 512].map((batchSeqs) => factorAt({ batchSeqs }));
    expect(factors[0]).toBeLessThan(1.25);
    for (let i = 1; i < factors.length; i++) expect(factors[i]).toBeGreaterThan(factors[i - 1]!);
    expect(factors[3]).toBeGreaterThan(1.5);
    expect(factorAt({ tokens: 2 ** 24 })).toBeGreaterThan(1.5);
  });

  it("is left out by laws that were saved without it, which say what they said", () => {
    const { bend: _, ...saved } = fit;
    const before = predictLr(saved, at({ batchSeqs: 128 }))!;
    const now = predictLr(fit, at({ batchSeqs: 128 }))!;
    expect(before.confidence).toEqual(now.straight);
    expect(Object.keys(before)).toEqual(["lr", "se", "df", "confidence", "prediction", "extrapolation"]);
    expect(now.lr).toBe(before.lr);
  });

  it.each([
    ["power", ["tokens"]],
    ["power-averaged", ["tokens"]],
    ["power-free-size", ["batchSeqs", "tokens", "params"]],
    ["power-saturating", ["tokens", "params"]],
    ["step-law", ["params", "tokens"]],
    ["compute", ["compute"]],
  ] as const)("%s bends along %j", (form, directions) => {
    for (const estimator of ["surface", "ew", "argmin"] as const) {
      const { fit, notIdentifiable } = sketchLaw(
        plantedSurface(
          { ...quickstartDesign, ...COVERAGE_DESIGNS["four sizes, rates that level off along the batch"] },
          1,
        ),
        fitSettingsSchema.parse({ form, estimator }),
      );
      expect(notIdentifiable).toBeNull();
      expect((fit as LrFit).bend!.terms.map((t) => t.of)).toEqual(directions);
      const far = predictLr(fit as LrFit, { tokens: 1e13, batchSeqs: 4096, params: 1e10, seqLen: 64 })!;
      expect(width(far.confidence)).toBeGreaterThan(width(far.straight!));
      expect(Number.isFinite(width(far.prediction))).toBe(true);
    }
  });
});

describe("intervals at four times the batch", () => {
  const DRAWS = 120;
  const heldOf = (part: Partial<SurfaceDesign>) => {
    const design = { ...quickstartDesign, ...part };
    const place = { params: 94_208, batchSeqs: 128, tokens: 2 ** 20 };
    const truth = plantedOptimum(design, place);
    const held = { law: 0, straight: 0 };
    for (let draw = 0; draw < DRAWS; draw++) {
      const { fit } = sketchLaw(
        plantedSurface(design, 7_000 + draw),
        fitSettingsSchema.parse({ form: "power-free-size" }),
      );
      const { confidence, straight } = predictLr(fit as LrFit, { ...place, seqLen: 64 })!;
      const holds = ({ low, high }: { low: number; high: number }) => Math.log(low) <= truth && truth <= Math.log(high);
      held.law += holds(confidence) ? 1 : 0;
      held.straight += holds(straight!) ? 1 : 0;
    }
    return { law: held.law / DRAWS, straight: held.straight / DRAWS };
  };

  it("hold a law that bends as published ones do, whichever way, and a straight one", () => {
    for (const bend of [-0.08, 0.08]) {
      const { law, straight } = heldOf({ bend });
      expect(law).toBeGreaterThanOrEqual(0.88);
      expect(straight).toBeLessThan(0.35);
    }
    expect(heldOf({}).law).toBeGreaterThanOrEqual(0.93);
  });
});

it("half of an interval knows by how many degrees of freedom each part of its variance is known", () => {
  expect(halfWidth(1, { own: 1, df: 5 }, 0.95)).toBeCloseTo(2.571, 3);
  expect(halfWidth(1, { own: 0, df: 5 }, 0.95)).toBeCloseTo(1.96, 3);
  expect(halfWidth(4, { own: 2, df: 5 }, 0.95)).toBeCloseTo(2 * 2.086, 2);
  expect(halfWidth(0, { own: 0, df: 5 }, 0.95)).toBe(0);
});

describe("degrees of freedom of a law that may bend", () => {
  const { fit } = sketchLaw(
    plantedSurface({ ...quickstartDesign, ...COVERAGE_DESIGNS["one size"] }, 1),
    fitSettingsSchema.parse({ form: "power-free" }),
  );
  const one = fit as LrFit;
  const law = { form: definitionOf("power-free"), regression: one.regression };
  const far = at({ batchSeqs: 128, tokens: 2 ** 20 });

  it("are what five trunks leave after three coefficients of the batch, and never more of the variance than there is", () => {
    const { own, df } = bentDegrees(one.bend!, law, far)!;
    const { variance } = bentAt(one.bend!, law.form, far);
    expect(own).toBeLessThan(variance);
    expect(own).toBeGreaterThan(0.5 * variance);
    expect(df).toBeGreaterThan(1.5);
    expect(df).toBeLessThan(2.5);
  });

  it("are those of the straight law where a bend was saved without its scatter, as it said", () => {
    const { scatter: _, ...saved } = one.bend!;
    expect(bentDegrees(saved, law, far)).toBeNull();
    const [before, now] = [predictLr({ ...one, bend: saved }, far)!, predictLr(one, far)!];
    const { center, variance } = bentAt(saved, law.form, far);
    const half = halfWidth(variance, { own: before.se ** 2, df: before.df }, 0.95);
    expect(Math.log(before.confidence.high)).toBeCloseTo(Math.max(center + half, Math.log(before.straight!.high)), 12);
    expect(now.lr).toBe(before.lr);
  });
});

it("stands with the law that is shown, and with none that is only compared", () => {
  const { fit, companion, perCurve } = fitLaw(runs, fitSettingsSchema.parse({ form: "power-free" }));
  expect((fit as LrFit).bend?.terms).toHaveLength(2);
  expect(companion).toBeTruthy();
  expect(perCurve).toBeTruthy();
  expect([companion?.bend, perCurve?.bend]).toEqual([undefined, undefined]);
  const optima = (fit as LrFit).regression.rows.map(({ lr, batchSeqs, tokens }) => ({ lr, batchSeqs, tokens }));
  expect((fitOptima(optima) as LrFit).bend?.terms).toHaveLength(2);
});
