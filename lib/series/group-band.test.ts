import { expect, it } from "vitest";
import { type Buckets, groupBand } from ".";

const curve = (x: number[], mean: number[]): Buckets => {
  const column = (values: number[]) => Float64Array.from(values);
  return {
    x: column(x),
    mean: column(mean),
    min: column(mean),
    max: column(mean),
    last: column(mean),
    count: column(mean.map(() => 1)),
    nonFinite: column(mean.map((v) => (Number.isFinite(v) ? 0 : 1))),
  };
};
/** What the band says at the place nearest to x. */
const near = (band: Buckets, x: number) => {
  const i = band.x.reduce((best, v, j) => (Math.abs(v - x) < Math.abs(band.x[best]! - x) ? j : best), 0);
  return { x: band.x[i]!, mean: band.mean[i]!, low: band.min[i]!, high: band.max[i]!, n: band.count[i]! };
};

it("is the mean and the sample standard deviation over all members, whatever places they were logged at", () => {
  const line = (by: number, every: number) => {
    const x = Array.from({ length: 1000 / every + 1 }, (_, i) => i * every);
    return curve(
      x,
      x.map((v) => v / 100 + by),
    );
  };
  const band = groupBand([line(0, 10), line(2, 20), line(4, 50)], false);
  for (const x of [0, 333, 1000]) {
    const at = near(band, x);
    expect(at.mean).toBeCloseTo(at.x / 100 + 2, 10);
    expect([at.high - at.mean, at.mean - at.low].map((v) => v.toFixed(9))).toEqual(["2.000000000", "2.000000000"]);
    expect(at.n).toBe(3);
  }
});

it("counts a member only between its own first and last point", () => {
  const band = groupBand([curve([0, 100], [1, 1]), curve([50, 100], [3, 3])], false);
  expect(near(band, 10)).toMatchObject({ mean: 1, low: 1, high: 1, n: 1 });
  expect(near(band, 90)).toMatchObject({ mean: 2, n: 2 });
});

it("leaves NaN out of the mean and keeps its mark, and takes a logarithmic axis", () => {
  const band = groupBand([curve([1, 10, 100], [5, Number.NaN, 7]), curve([1, 100], [5, 7])], true);
  expect(near(band, 10).mean).toBeCloseTo(6, 1);
  expect(band.nonFinite.reduce((a, b) => a + b, 0)).toBe(1);
  expect(groupBand([], false).x).toHaveLength(0);
  expect(near(groupBand([curve([5], [2])], false), 5)).toMatchObject({ mean: 2, n: 1 });
});
