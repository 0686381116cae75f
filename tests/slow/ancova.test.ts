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
  let [wrong, found] = [0, 0];
  for (let draw = 0; draw < DRAWS; draw++) {
    if (bySize(same, draw, {}).pConstants! < 0.05) wrong++;
    if (bySize(apart, draw, {}).relation === "parallel") found++;
  }
  // Binomial: at a true 5% the count of 60 is above 10 less than once in a thousand.
  expect(wrong).toBeLessThanOrEqual(10);
  expect(found).toBeGreaterThan(0.8 * DRAWS);
});
