import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { plantedSurface, quickstartDesign, type SurfaceDesign } from "../simulate";
import { ancova, type FitSettingsInput, fitLaw, fitSettingsSchema } from ".";

const bySize = (design: SurfaceDesign, draw: number, settings: FitSettingsInput) =>
  ancova(fitLaw(plantedSurface(design, draw), fitSettingsSchema.parse(settings)), (d) => String(d.paramsTotal))!;

describe("laws of groups", () => {
  it("of the quickstart's two sizes are one, by either reading of the optima", () => {
    const runs = quickstartRuns("quickstart-a.csv");
    for (const estimator of ["surface", "ew"] as const) {
      const result = fitLaw(runs, fitSettingsSchema.parse({ estimator }));
      const found = ancova(result, (dims) => String(dims.width))!;
      expect(found.groups).toEqual([
        { value: "32", optima: 20 },
        { value: "64", optima: 20 },
      ]);
      expect(found.relation).toBe("same");
      expect(found.slopes.map((s) => s.name)).toEqual(["c", "b"]);
      expect(found.constants[0]!.low).toBeLessThan(1);
      expect(found.constants[0]!.high).toBeGreaterThan(1);
    }
  });

  it("are told apart where they differ, and seldom where they do not, whatever trunks share", () => {
    const DRAWS = 60;
    const same: SurfaceDesign = { ...quickstartDesign, law: { ...quickstartDesign.law, d: 0 } };
    // Over the sizes' factor 3.5 that is a constant twice as high.
    const apart: SurfaceDesign = { ...same, law: { ...same.law, d: 0.55 } };
    let [wrong, found] = [0, 0];
    for (let draw = 0; draw < DRAWS; draw++) {
      if (bySize(same, draw, {}).pConstants! < 0.05) wrong++;
      if (bySize(apart, draw, {}).relation === "parallel") found++;
    }
    // Binomial: at a true 5% the count of 60 is above 10 less than once in a thousand.
    expect(wrong).toBeLessThanOrEqual(10);
    expect(found).toBeGreaterThan(0.8 * DRAWS);
  });

  it("of one group, or of no law, are not compared", () => {
    const runs = quickstartRuns("quickstart-a.csv");
    const one = ancova(fitLaw(runs, fitSettingsSchema.parse({})), () => "all")!;
    expect(one).toMatchObject({ slopes: [], constants: [], pSlopes: null, relation: "not determined" });
    expect(ancova(fitLaw([], fitSettingsSchema.parse({})), () => "all")).toBeNull();
  });
});
