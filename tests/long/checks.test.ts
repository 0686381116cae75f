import { expect, it } from "vitest";
import { checkRates } from "../../lib/simulate";

const DRAWS = 40;

it("checks of transfer, assumptions and shapes seldom cry wolf, and never pass what is far off", () => {
  const rates = checkRates(DRAWS);
  const share = (check: string, truth: RegExp, said: string) =>
    rates
      .filter((r) => r.check === check && truth.test(r.truth) && r.said === said)
      .reduce((sum, r) => sum + r.share, 0) / 2;
  // Binomial: of two times 40, a true 5% is above 15% less than once in a thousand.
  expect(share("verdict", /target 1 times/, "fail")).toBe(0);
  expect(share("verdict", /target 1 times/, "pass")).toBeGreaterThan(0.75);
  for (const check of ["shift", "same-law", "width-slope", "lr-error"])
    expect([check, share(check, /target 1 times/, "fail") <= 0.15]).toEqual([check, true]);
  expect(share("verdict", /target 1.5 times/, "pass")).toBeLessThanOrEqual(0.15);
  expect(share("verdict", /target 2 times/, "pass")).toBe(0);
  expect(share("shift", /target 2 times/, "fail")).toBeGreaterThan(0.85);
  expect(share("batch-proportional", /c = 1/, "rejected")).toBeLessThanOrEqual(0.15);
  expect(share("batch-proportional", /c = 0.8/, "rejected")).toBeGreaterThan(0.85);
  expect(share("size-independent", /d = 0, straight/, "rejected")).toBeLessThanOrEqual(0.15);
  expect(share("bends", /straight/, "warned") / 2).toBeLessThanOrEqual(0.15);
  const flat = (truth: string) => rates.find((r) => r.check === "flat" && r.truth.includes(truth))!.share;
  expect(flat("curvature of 0.02")).toBeLessThan(0.05);
  expect(flat("are flat")).toBeGreaterThan(0.3);
});
