import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { ancova, fitLaw, fitSettingsSchema } from ".";

describe("laws of groups", () => {
  it("of the quickstart's two sizes are not told apart, nor shown to be one, by either reading of the optima", () => {
    const runs = quickstartRuns("quickstart-a.csv");
    for (const estimator of ["surface", "ew"] as const) {
      const result = fitLaw(runs, fitSettingsSchema.parse({ estimator }));
      const found = ancova(result, (dims) => String(dims.width))!;
      expect(found.groups).toEqual([
        { value: "32", optima: 20 },
        { value: "64", optima: 20 },
      ]);
      expect(found.relation).toBe("not determined");
      const [far] = found.distances;
      expect(far!.low).toBeLessThan(1 / 1.5);
      expect(far!.high).toBeGreaterThan(1.5);
      expect(found.slopes.map((s) => s.name)).toEqual(["c", "b"]);
      expect(found.constants[0]!.low).toBeLessThan(1);
      expect(found.constants[0]!.high).toBeGreaterThan(1);
    }
  });

  it("of one group, or of no law, are not compared", () => {
    const runs = quickstartRuns("quickstart-a.csv");
    const one = ancova(fitLaw(runs, fitSettingsSchema.parse({})), () => "all")!;
    expect(one).toMatchObject({ slopes: [], constants: [], pSlopes: null, relation: "not determined" });
    expect(ancova(fitLaw([], fitSettingsSchema.parse({})), () => "all")).toBeNull();
  });
});
