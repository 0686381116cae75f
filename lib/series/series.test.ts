import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstQuartile, robustRange, smooth } from "./index";

describe("smooth", () => {
  it("keeps a constant and stays between the extremes", () => {
    expect(smooth([0, 1, 5, 6], [2, 2, 2, 2], 3)).toEqual([2, 2, 2, 2]);
    const values = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(values, fc.double({ min: 0.1, max: 20, noNaN: true }), (y, halfLife) => {
        for (const v of smooth(
          y.map((_, i) => i ** 1.3),
          y,
          halfLife,
        )) {
          expect(v).toBeGreaterThanOrEqual(Math.min(...y) - 1e-9);
          expect(v).toBeLessThanOrEqual(Math.max(...y) + 1e-9);
        }
      }),
    );
  });

  it("moves half way to a new level in one half-life, however many points lie on the way", () => {
    expect(smooth([0, 4], [0, 1], 4)[1]).toBeCloseTo(0.5, 12);
    expect(smooth([0, 1, 2, 3, 4], [0, 1, 1, 1, 1], 4)[4]).toBeCloseTo(0.5, 12);
  });

  it("lets NaN through without poisoning the rest", () => {
    expect(smooth([0, 1, 2], [1, Number.NaN, 1], 1)).toEqual([1, Number.NaN, 1]);
  });
});

describe("ranges", () => {
  it("counts what a robust range leaves out", () => {
    const values = [...Array.from({ length: 98 }, (_, i) => 2 + i / 100), 1e6, Number.NaN];
    const range = robustRange(values, 0.97)!;
    expect(range.low).toBe(2);
    expect(range.high).toBeLessThan(3);
    expect(range.outside).toBeGreaterThanOrEqual(2);
    expect(robustRange([Number.NaN])).toBeNull();
  });

  it("takes the quartile of finite losses", () => {
    expect(firstQuartile([4, 1, 3, 2, 5, Number.POSITIVE_INFINITY])).toBe(2);
    expect(firstQuartile([])).toBeNull();
  });
});
