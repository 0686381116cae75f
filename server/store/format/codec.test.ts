import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { pack, unpack } from "./codec";

const special = fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
const column = (value: fc.Arbitrary<number>) =>
  fc.array(fc.oneof({ weight: 9, arbitrary: value }, special), { minLength: 1, maxLength: 3_000 });

it("gives every double back to the bit", () => {
  const any = fc.oneof(
    column(fc.double()),
    column(fc.float()),
    column(fc.maxSafeInteger()),
    fc.tuple(fc.double({ noNaN: true }), fc.double({ noNaN: true })).map(([a, b]) => [a, a + b, a + 2 * b, a + 3 * b]),
  );
  fc.assert(fc.property(any, (list) => same(unpack(pack(Float64Array.from(list)), list.length), list)));
});

it("leaves noise as it is and deflates what is not", () => {
  const noisy = Float64Array.from({ length: 4_096 }, (_, i) => Math.fround(2 + hashed(i)));
  const packed = pack(noisy);
  expect(packed.length).toBeGreaterThan(2 * 4_096);
  expect(packed.length).toBeLessThan(3 * 4_096);
  same(unpack(packed, 4_096), [...noisy]);
  const steps = Float64Array.from({ length: 4_096 }, (_, i) => (i < 2_000 ? 0.1 : 1e-300));
  expect(pack(steps).length).toBeLessThan(500);
  same(unpack(pack(steps), 4_096), [...steps]);
});

it("reads what earlier versions packed", () => {
  const list = [1.5, Number.NaN, -0, Number.NEGATIVE_INFINITY, 3e-30];
  for (const [width, array, kinds] of [
    [4, Float32Array.from(list), [3, 5]],
    [8, Float64Array.from(list), [4, 6]],
  ] as const) {
    const bytes = new Uint8Array(array.buffer);
    const planes = Uint8Array.from(bytes, (_, i) => bytes[(i % list.length) * width + Math.floor(i / list.length)]!);
    same(unpack(Buffer.from([kinds[0], ...deflateRawSync(planes)]), list.length), [...array]);
    same(unpack(Buffer.from([kinds[1], ...planes]), list.length), [...array]);
  }
});

it("ends in an error on bytes that nobody packed, whatever they are", () => {
  const packed = column(fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.double())).map((list) => ({
    n: list.length,
    bytes: pack(Float64Array.from(list)),
  }));
  const damage = fc.record({ at: fc.nat(), byte: fc.nat(255), keep: fc.nat(), cut: fc.boolean(), more: fc.nat(5_000) });
  fc.assert(
    fc.property(packed, damage, ({ n, bytes }, d) => {
      const bad = Buffer.from(d.cut ? bytes.subarray(0, d.keep % bytes.length) : bytes);
      if (!d.cut) bad[d.at % bad.length] = d.byte;
      try {
        expect(unpack(bad, n + d.more).length).toBe(n + d.more);
      } catch (e) {
        expect(e).toBeInstanceOf(Error);
      }
    }),
    { numRuns: 1_000 },
  );
  const steps = pack(Float64Array.from([0, 1, 5, 9, 11, 40, 41]));
  expect(steps[0]).toBe(2);
  expect(() => unpack(steps, 8)).toThrow("does not hold 8 points");
  expect(() => unpack(steps, 6)).toThrow("more than 6 points");
  expect(() => unpack(Buffer.from([99, 0]), 1)).toThrow("its kind is 99");
  expect(() => unpack(Buffer.alloc(0), 1)).toThrow("damaged");
});

function same(got: Float64Array, expected: number[]): void {
  expect(got.length).toBe(expected.length);
  for (let i = 0; i < got.length; i++) if (!Object.is(got[i], expected[i])) expect([i, got[i]]).toEqual(expected[i]);
}

/** Bits without a pattern in 0..1 (the finaliser of MurmurHash3). */
function hashed(i: number): number {
  let h = Math.imul(i ^ (i >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}
