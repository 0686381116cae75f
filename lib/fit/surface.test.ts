import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import golden from "../../tests/golden/surface.json";
import type { RunPoint } from "../run";
import { normals, plantedOptimum, plantedSurface, quickstartDesign, type SurfaceDesign } from "../simulate";
import { trueOptimum } from "../simulate/surface";
import {
  expectedRegret,
  type FitSettingsInput,
  fitLaw,
  fitSettingsSchema,
  fitSurface,
  type LrFit,
  plateauOfShape,
  predictLr,
  type SurfaceFit,
  sketchLaw,
} from ".";

const runs = quickstartRuns("quickstart-a.csv");
const surfaceOf = (points: readonly RunPoint[], settings: Parameters<typeof fitSurface>[1] = {}): SurfaceFit => {
  const surface = fitSurface(points, settings);
  if (!("law" in surface)) throw new Error(surface.message);
  return surface;
};

describe("the quickstart's surface, against whole matrices in numpy", () => {
  const surface = surfaceOf(runs);
  const near = (value: number, expected: number, relative = 1e-8) =>
    expect(Math.abs(value - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));

  it("has the shape, the noise and the optima", () => {
    for (const { k, g } of Object.values(surface.shapes)) {
      near(k, golden.k);
      near(g, golden.g);
    }
    near(surface.noise.run, golden.noise);
    near(surface.curvatureScatter, golden.scatter);
    const { optima } = fitLaw(runs, fitSettingsSchema.parse({}));
    for (const expected of golden.optima) {
      const o = optima.find(
        ({ dims: d }) =>
          d.paramsNonEmbedding === expected.params &&
          d.tokens === expected.tokens &&
          d.batchSeqs === expected.batchSeqs,
      )!;
      near(o.estimate!.lr, expected.lr);
      near(o.estimate!.se!, expected.se);
    }
  });

  it("has the variances by REML, the law and its intervals by CR2", () => {
    const { regression } = surface.law;
    near(surface.noise.trunk, golden.law.trunk, 1e-5);
    near(surface.noise.curve, golden.law.curve, 1e-5);
    regression.coefficients.forEach((c, j) => {
      near(c.value, golden.law.coefficients[j]!, 1e-6);
      near(c.se, golden.law.se[j]!, 1e-6);
      near(c.df!, golden.law.df[j]!, 1e-5);
      near(c.t.low, golden.law.low[j]!, 1e-5);
      near(c.t.high, golden.law.high[j]!, 1e-5);
    });
  });
});

const EXACT: SurfaceDesign = {
  ...quickstartDesign,
  scatter: 0,
  curvatureScatter: 0,
  noise: 0,
  cubic: 0,
  seedEffect: 0,
};

describe("planted surfaces", () => {
  it("exact ones come out, from curves that are cut off as well", () => {
    for (const design of [EXACT, { ...EXACT, fixedWindow: true, rates: 3 }]) {
      const { law, shapes, curves } = surfaceOf(plantedSurface(design, 1), { law: "power-free-size" });
      expect(law.law.c).toBeCloseTo(design.law.c, 9);
      expect(law.law.b).toBeCloseTo(design.law.b, 9);
      expect(law.law.d).toBeCloseTo(design.law.d, 9);
      for (const { k } of Object.values(shapes)) expect(k).toBeCloseTo(design.curvature, 9);
      expect(curves).toHaveLength(40);
    }
  });

  it("a window that stays where it is biases no exponent", () => {
    const tokens = [14, 16, 18, 20, 22].map((power) => 2 ** power);
    const design = { ...quickstartDesign, tokens, fixedWindow: true, rates: 4, trunkShare: 0 };
    const b: number[] = [];
    let open = 0;
    for (let draw = 0; draw < 30; draw++) {
      const { law, curves } = surfaceOf(plantedSurface(design, 100 + draw), { law: "power-free-size" });
      b.push(law.law.b!);
      open += curves.filter((c) => !c.bracketed).length;
    }
    const mean = b.reduce((sum, v) => sum + v, 0) / b.length;
    expect(open / 30).toBeGreaterThan(5);
    expect(Math.abs(mean - design.law.b)).toBeLessThan(0.015);
  });

  it("curves of sizes with another shape have their own where that is asked for", () => {
    const small = plantedSurface({ ...EXACT, sizes: [26_624] }, 1);
    const large = plantedSurface({ ...EXACT, sizes: [94_208], curvature: 0.04 }, 1);
    const both = [...small, ...large.map((r) => ({ ...r, runId: `${r.runId} l` }))];
    const { shapes } = surfaceOf(both, { law: "power-free-size", curvature: "by-size" });
    const ks = Object.values(shapes).map(({ k }) => k);
    expect(ks[0]).toBeCloseTo(0.02, 9);
    expect(ks[1]).toBeCloseTo(0.04, 9);
  });

  it("one more run of a curve changes a law by no more than a run can", () => {
    const two = plantedSurface({ ...quickstartDesign, seeds: 2 }, 3);
    const extra = { ...two[0]!, runId: "extra", peakLr: two[0]!.peakLr / 2, finalLoss: two[0]!.finalLoss! * 1.03 };
    const [without, withIt] = [surfaceOf(two).law.law, surfaceOf([...two, extra]).law.law];
    expect(Math.abs(without.c! - withIt.c!)).toBeLessThan(0.01);
    expect(Math.abs(without.b! - withIt.b!)).toBeLessThan(0.01);
  });
});

describe("what a surface finds of made-up sweeps", () => {
  const DRAWS = 20;
  const surfaces = (part: Partial<SurfaceDesign>) =>
    Array.from({ length: DRAWS }, (_, draw) =>
      surfaceOf(plantedSurface({ ...quickstartDesign, ...part }, draw), { law: "power-free-size" }),
    );
  const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;

  it("is the planted noise, curvature and its scatter, whatever weights do", () => {
    for (const noise of [0.001, 0.004]) {
      const found = surfaces({ noise, cubic: 0 });
      const sd = Math.sqrt(mean(found.map((s) => s.noise.run)));
      expect(sd / noise).toBeGreaterThan(0.9);
      expect(sd / noise).toBeLessThan(1.15);
      const k = mean(found.map((s) => Object.values(s.shapes)[0]!.k));
      // Of ln k the sd is 0.2: in the mean exp(0.02).
      expect(k / quickstartDesign.curvature / Math.exp(0.02)).toBeGreaterThan(0.95);
      expect(k / quickstartDesign.curvature / Math.exp(0.02)).toBeLessThan(1.05);
    }
    const scatter = mean(surfaces({}).map((s) => s.curvatureScatter));
    expect(scatter).toBeGreaterThan(0.17);
    expect(scatter).toBeLessThan(0.23);
  });

  it("is how far the optima of cut off curves are off", () => {
    const tokens = [14, 16, 18, 20, 22].map((power) => 2 ** power);
    const design = { ...quickstartDesign, tokens, fixedWindow: true, rates: 4 };
    let [cut, held] = [0, 0];
    for (let draw = 0; draw < DRAWS; draw++)
      for (const { status, estimate, dims } of sketchLaw(plantedSurface(design, draw), fitSettingsSchema.parse({}))
        .optima) {
        if (!status.startsWith("censored") || !estimate) continue;
        const truth = trueOptimum(design, draw, {
          params: dims.paramsTotal!,
          batchSeqs: dims.batchSeqs,
          tokens: dims.tokens,
        });
        cut++;
        if (Math.abs(Math.log(estimate.lr) - truth) <= 1.972 * estimate.se!) held++;
      }
    expect(cut).toBeGreaterThan(200);
    expect(held / cut).toBeGreaterThan(0.92);
  });
});

it("refuses where no curve has a bracketed optimum, and where curves do not bend", () => {
  const edge = fitSurface(runs.map((r) => ({ ...r, finalLoss: 2 + r.peakLr })));
  expect(edge).toMatchObject({ reason: "no-optima" });
  const arched = fitSurface(runs.map((r) => ({ ...r, finalLoss: 3 - 0.01 * Math.log(r.peakLr / 0.004) ** 2 })));
  expect("law" in arched).toBe(false);
});

describe("plateau and regret", () => {
  it("are those of the shape, not of the grid", () => {
    const straight = plateauOfShape({ k: 0.02, g: 0 }, 0.004, 0.0025);
    const half = Math.sqrt(Math.log1p(0.0025) / 0.02);
    expect(straight.low).toBeCloseTo(0.004 * Math.exp(-half), 12);
    expect(straight.high).toBeCloseTo(0.004 * Math.exp(half), 12);
    const lopsided = plateauOfShape({ k: 0.02, g: 0.01 }, 0.004, 0.0025);
    expect(0.004 / lopsided.low!).toBeGreaterThan(lopsided.high! / 0.004);
    expect(plateauOfShape({ k: 0.001, g: -0.01 }, 0.004, 0.0025).high).toBeNull();
  });

  it("is as large as it is said to be: mean and nine in ten, over made-up sweeps", () => {
    const at = { params: 94_208, batchSeqs: 16, tokens: 2 ** 22, seqLen: 64 };
    const design = { ...quickstartDesign, cubic: 0, curvatureScatter: 0 };
    const settings: FitSettingsInput = { form: "power-free-size" };
    const normal = normals(9);
    let [said, paid, below, moreSaid] = [0, 0, 0, 0];
    const DRAWS = 60;
    for (let draw = 0; draw < DRAWS; draw++) {
      const result = fitLaw(plantedSurface(design, 500 + draw), fitSettingsSchema.parse(settings));
      const { lr } = predictLr(result.fit as SurfaceFit["law"], at)!;
      const straight = { ...result, fit: { ...(result.fit as LrFit), bend: null } };
      const { mean, p90 } = expectedRegret(straight, lr, at)!;
      moreSaid += expectedRegret(result, lr, at)!.mean;
      const regret = design.curvature * (Math.log(lr) - plantedOptimum(design, at) - design.scatter * normal()) ** 2;
      said += mean;
      paid += regret;
      if (regret <= p90) below++;
    }
    expect(said / paid).toBeGreaterThan(0.6);
    expect(said / paid).toBeLessThan(1.7);
    expect(below / DRAWS).toBeGreaterThan(0.78);
    // What a bend could cost is a cost too.
    expect(moreSaid / said).toBeGreaterThan(1.2);
    expect(moreSaid / said).toBeLessThan(2);
  });
});
