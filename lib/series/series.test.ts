import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BUCKET_COLUMNS,
  bucketise,
  bucketiser,
  decodeSeries,
  encodeSeries,
  firstQuartile,
  robustRange,
  type Scale,
  type Smoothing,
  smooth,
  whole,
} from "./index";

const EACH: Smoothing[] = [
  { kind: "ema", halfLife: 3 },
  { kind: "window", width: 6 },
  { kind: "gaussian", sigma: 2 },
];

describe("smooth", () => {
  it.each(EACH)("$kind keeps a constant and stays between the extremes", (how) => {
    expect([...smooth([0, 1, 5, 6], [2, 2, 2, 2], how)]).toEqual([2, 2, 2, 2]);
    const values = fc.array(fc.double({ min: -1e300, max: 1e300, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(values, fc.array(fc.nat({ max: 5 }), { minLength: 30, maxLength: 30 }), (y, weights) => {
        const x = y.map((_, i) => i ** 1.3);
        const slack = 1e-12 * Math.max(...y.map(Math.abs));
        for (const v of smooth(x, y, how, weights)) {
          expect(v).toBeGreaterThanOrEqual(Math.min(...y) - slack);
          expect(v).toBeLessThanOrEqual(Math.max(...y) + slack);
        }
      }),
    );
  });

  it.each(EACH)("$kind passes NaN and Infinity on without poisoning the rest", (how) => {
    expect([...smooth([0, 1, 2, 3], [1, Number.NaN, Number.POSITIVE_INFINITY, 1], how)]).toEqual([
      1,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1,
    ]);
  });

  it("moves half way to a new level in one half-life, however many points lie on the way", () => {
    const how: Smoothing = { kind: "ema", halfLife: 4 };
    expect(smooth([0, 4], [0, 1], how)[1]).toBeCloseTo(0.5, 12);
    expect(smooth([0, 1, 2, 3, 4], [0, 1, 1, 1, 1], how)[4]).toBeCloseTo(0.5, 12);
  });

  it("averages a window by the points that each entry stands for", () => {
    expect([...smooth([0, 1, 2, 10], [1, 2, 6, 9], { kind: "window", width: 2 })]).toEqual([1.5, 3, 4, 9]);
    expect(smooth([0, 1], [1, 4], { kind: "window", width: 2 }, [1, 2])[0]).toBeCloseTo(3, 12);
  });

  it("weighs by a normal density", () => {
    const w = Math.exp(-0.5);
    expect(smooth([0, 1], [0, 1], { kind: "gaussian", sigma: 1 })[0]).toBeCloseTo(w / (1 + w), 12);
    expect(smooth([0, 3.1], [0, 1], { kind: "gaussian", sigma: 1 })[0]).toBe(0);
  });
});

describe("buckets", () => {
  const real = fc.oneof(
    fc.double({ min: -1e308, max: 1e308 }),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  );

  it("have the mean of their finite values and come back from the wire bit for bit", () => {
    fc.assert(
      fc.property(fc.array(real, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (values, n) => {
        const x = Float64Array.from(values, (_, i) => i);
        const view = { from: 0, to: values.length - 1, buckets: n, scale: "linear" as const };
        const buckets = bucketise(x, Float64Array.from(values), view);
        let at = 0;
        for (let b = 0; b < buckets.x.length; b++) {
          const members = values.slice(at, at + buckets.count[b]!);
          const finite = members.filter(Number.isFinite);
          at += members.length;
          if (finite.length === 0) expect(buckets.mean[b]).toBeNaN();
          else {
            const mean = finite.reduce((m, v) => m + v / finite.length, 0);
            const scale = Math.max(...finite.map(Math.abs));
            const overflows = !Number.isFinite(finite.reduce((p, q) => p + q));
            // Among subnormal numbers each quotient of the sum above is rounded by up to one of the smallest.
            const tolerance = overflows ? 2 * scale : 1e-12 * scale + finite.length * Number.MIN_VALUE;
            expect(Math.abs(buckets.mean[b]! - mean)).toBeLessThanOrEqual(tolerance);
          }
        }
        expect(at).toBe(values.length);
        const pending = (runId: string, points: number, withoutX: number) => {
          const { size, exact, columns: of } = bucketiser(view)(x.subarray(0, points));
          return { runId, points, withoutX, size, exact, columns: () => of(Float64Array.from(values)) };
        };
        const answer = { from: 0, to: 1, series: [pending("a", values.length, 0), pending("ü", 0, 3)] };
        const back = decodeSeries(joined(encodeSeries(answer)));
        expect(back).toEqual({
          from: 0,
          to: 1,
          series: answer.series.map(({ size: _, exact, columns, ...s }) => ({
            ...s,
            buckets: whole(exact, columns()),
          })),
        });
        for (const c of BUCKET_COLUMNS)
          expect(new BigUint64Array(back.series[0]!.buckets[c].slice().buffer)).toEqual(
            new BigUint64Array(buckets[c].slice().buffer),
          );
      }),
    );
  });
});

function joined(parts: Iterable<Uint8Array>): ArrayBuffer {
  return Uint8Array.from([...parts].flatMap((p) => [...p])).buffer;
}

describe("buckets of many series", () => {
  it("are those of each by itself, whether series share their x or not", () => {
    const values = fc.array(fc.double(), { minLength: 1, maxLength: 40 });
    const scale = fc.constantFrom<Scale>("linear", "log");
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 12 }), scale, (list, buckets, s) => {
        const x = Float64Array.from(list, (_, i) => 1 + i ** 1.5);
        const view = { from: 1, to: x.at(-1)!, buckets, scale: s };
        const all = [Float64Array.from(list), Float64Array.from(list).reverse()];
        const cut = bucketiser(view);
        for (const v of [...all, ...all]) {
          const expected = bucketise(x, v, view);
          for (const { exact, columns } of [cut(x), cut(x.slice())]) expect(whole(exact, columns(v))).toEqual(expected);
        }
      }),
    );
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
    expect(firstQuartile(Float64Array.of(4, 1, 3, 2, 5, Number.POSITIVE_INFINITY))).toBe(2);
    expect(firstQuartile(Float64Array.of())).toBeNull();
  });
});
