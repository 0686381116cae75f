import { expect, it } from "vitest";
import { ancova, type FitSettingsInput, fitLaw, fitSettingsSchema } from "../../lib/fit";
import { plantedSurface, quickstartDesign, type SurfaceDesign } from "../../lib/simulate";

const bySize = (design: SurfaceDesign, draw: number, settings: FitSettingsInput) =>
  ancova(fitLaw(plantedSurface(design, draw), fitSettingsSchema.parse(settings)), (d) => String(d.paramsTotal))!;

it("laws of groups are told apart where they differ, and seldom where they do not, whatever trunks share", () => {
  const DRAWS = 60;
  const same: SurfaceDesign = { ...quickstartDesign, law: { ...quickstartDesign.law, d: 0 } };
  // Over the sizes' factor 3.5 that is a constant twice as high.
  const apart: SurfaceDesign = { ...same, law: { ...same.law, d: 0.55 } };
  const many: SurfaceDesign = { ...same, batches: [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96], scatter: 0.06 };
  let [wrong, found, shown] = [0, 0, 0];
  for (let draw = 0; draw < DRAWS; draw++) {
    if (bySize(same, draw, {}).pConstants! < 0.05) wrong++;
    if (bySize(apart, draw, {}).relation === "parallel") found++;
    if (bySize(many, draw, {}).relation === "same") shown++;
  }
  // Binomial: at a true 5% the count of 60 is above 10 less than once in a thousand.
  expect(wrong).toBeLessThanOrEqual(10);
  expect(found).toBeGreaterThan(0.8 * DRAWS);
  expect(shown).toBeGreaterThan(0.8 * DRAWS);
});
