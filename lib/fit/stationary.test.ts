import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type AxisPoint, fitStationary, type StationaryPoint } from ".";

type Case = { points: AxisPoint[]; k: number; at: (StationaryPoint & { z: number[] })[] };
const golden = JSON.parse(readFileSync("tests/golden/stationary.json", "utf8")) as Record<string, Case>;

describe("the least loss along an axis, beside NumPy and SciPy", () => {
  it.each(Object.entries(golden))("%s", (_, { points, k, at }) => {
    const found = fitStationary(points)!;
    expect(found.k / k).toBeCloseTo(1, 9);
    for (const { z, ...expected } of at) {
      const got = found.at(z);
      expect(got.best).toBeCloseTo(expected.best, 8);
      if (expected.low === null) expect(got).toMatchObject({ low: null, high: null });
      else
        expect([got.low!, got.high!].map((v) => v.toFixed(7))).toEqual(
          [expected.low, expected.high!].map((v) => v.toFixed(7)),
        );
    }
  });
});

/** A parabola in x about 3 + 0.5 z, seen at `xs`. */
function exact(xs: number[], zs = [-1, 0, 1]): AxisPoint[] {
  return zs.flatMap((z, i) =>
    xs.map((x) => ({ cell: `c${i}`, trunk: `${i} ${x}`, x, y: i + 0.1 * (x - 3 - 0.5 * z) ** 2, z: [1, z] })),
  );
}

it("finds an exact one, also from cells that lie to one side of it", () => {
  const inside = fitStationary(exact([1, 2, 3, 4, 5]))!;
  expect(inside.k).toBeCloseTo(0.1, 12);
  expect(inside.theta[0]).toBeCloseTo(3, 10);
  expect(inside.theta[1]).toBeCloseTo(0.5, 10);
  expect(fitStationary(exact([7, 8, 9]))!.at([1, 2]).best).toBeCloseTo(4, 9);
});

it("is nothing where losses bend downwards, lie on a line, or are one a cell", () => {
  const [one, ...others] = exact([1, 2, 3]);
  expect(fitStationary([one!, ...others].map((p) => ({ ...p, y: -p.y })))).toBeNull();
  expect(fitStationary(exact([2]))).toBeNull();
  expect(fitStationary([])).toBeNull();
  expect(fitStationary(exact([1, 2], [0]))).toBeNull();
});
