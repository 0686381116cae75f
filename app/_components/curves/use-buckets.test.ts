import { describe, expect, it } from "vitest";
import { bucketise } from "@/lib/series";
import { extended, extent, widened } from "./use-buckets";

const series = (x: number[], values: number[]) => ({
  runId: "r",
  points: x.length,
  withoutX: 0,
  buckets: bucketise(Float64Array.from(x), Float64Array.from(values), {
    from: x[0] ?? 0,
    to: x.at(-1) ?? 0,
    buckets: 100,
    scale: "linear",
  }),
});

describe("live curves", () => {
  it("grow by what lies beyond their end and by nothing twice", () => {
    const grown = extended(series([1, 2, 3], [5, 4, 3]), series([3, 4, 5], [3, Number.NaN, 1]));
    expect([...grown.buckets.x]).toEqual([1, 2, 3, 4, 5]);
    expect([...grown.buckets.last]).toEqual([5, 4, 3, Number.NaN, 1]);
    expect([...grown.buckets.nonFinite]).toEqual([0, 0, 0, 1, 0]);
    expect(grown.points).toBe(5);
    const same = series([1, 2], [1, 2]);
    expect(extended(same, series([1, 2], [1, 2]))).toBe(same);
    expect(extended(same, series([], []))).toBe(same);
    expect([...extended(series([], []), same).buckets.x]).toEqual([1, 2]);
  });
});

describe("a zoom", () => {
  it("is read with room for the line and the smoothing on both sides", () => {
    const whole = extent([series([0, 1_000], [1, 1]), series([], [])], false);
    expect(whole).toEqual({ low: 0, high: 1_000 });
    expect(widened({ from: 400, to: 500 }, whole, 0, false)).toEqual({ from: 395, to: 505 });
    expect(widened({ from: 400, to: 500 }, whole, 0.06, false)).toEqual({ from: 340, to: 560 });
    const log = widened({ from: 10, to: 1_000 }, { low: 0, high: 4 }, 0.25, true);
    expect(log.from).toBeCloseTo(1, 12);
    expect(log.to).toBeCloseTo(10_000, 6);
    expect(extent([series([], [])], false)).toBeNull();
  });
});
