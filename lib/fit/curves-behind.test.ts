import { expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { batchUnit, curvesBehind, fitLaw, fitSettingsSchema, type LrFit, takesBestBatch } from "./index";

const runs = quickstartRuns("quickstart-a.csv");
const lawOf = (form: "step-law" | "power-free", from = runs) => fitLaw(from, fitSettingsSchema.parse({ form }));

it("names the curves that a law rests on: of each size and tokens the best batch, where the form takes that", () => {
  const step = lawOf("step-law");
  const fit = step.fit as LrFit;
  const cells = new Set(step.optima.map((o) => o.cellKey)).size;
  expect([curvesBehind(fit).size, fit.regression.n, takesBestBatch(fit)]).toEqual([cells, cells, true]);
  expect(step.optima.filter((o) => o.used).length).toBeGreaterThan(cells);
  const free = lawOf("power-free");
  expect(curvesBehind(free.fit as LrFit).size).toBe(free.optima.filter((o) => o.used).length);
});

it("counts the best batch in sequences where the runs have no sequence length", () => {
  expect(batchUnit(lawOf("step-law").fit as LrFit)).toBe("tokens");
  const without = runs.map((r) => ({ ...r, seqLen: null }));
  expect(batchUnit(lawOf("step-law", without).fit as LrFit)).toBe("sequences");
});
