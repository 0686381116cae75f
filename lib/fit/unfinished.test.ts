import { expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { fitLaw, fitSettingsSchema, unfinishedCurves } from ".";

const runs = quickstartRuns("quickstart-a.csv");

it("says at which rates the runs of a curve have no result, by what the curve is", () => {
  const [lost] = runs.filter((r) => r.width === 64 && r.batchSeqs === 8 && r.tokens === 524_288).slice(-1);
  const kept = runs.filter((r) => r !== lost);
  const { optima } = fitLaw(kept, fitSettingsSchema.parse({}));
  const rounded = { ...lost!, tokens: lost!.tokens + 512, lossMetric: null };
  const under = { ...rounded, tokens: lost!.tokens - 512 };
  expect(unfinishedCurves(optima, [under])).toEqual(unfinishedCurves(optima, [rounded]));
  const [curve, ...others] = unfinishedCurves(optima, [rounded, rounded]);
  expect(others).toEqual([]);
  const whole = optima.find((o) => o.key === curve!.key)!;
  expect(curve).toEqual({ key: whole.key, missing: [lost!.peakLr], planned: whole.points.length + 1 });
  expect(whole.dims).toMatchObject({ width: 64, batchSeqs: 8, tokens: 524_288 });
  expect(unfinishedCurves(optima, [{ ...lost!, batchSeqs: 1024 }])).toEqual([]);
  expect(unfinishedCurves(optima, kept)).toEqual([]);
});
