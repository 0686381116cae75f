import fc from "fast-check";
import { expect, test } from "vitest";
import { readNumber, tokenCount } from ".";

test.each([
  ["10B", 1e10],
  ["256k", 256_000],
  ["256Ki", 262_144],
  ["1.5 T", 1.5e12],
  ["0.3M", 300_000],
  ["1_000_000", 1e6],
  ["1e-3", 1e-3],
  [" 8 ", 8],
  [".5", 0.5],
  ["nan", Number.NaN],
  ["-inf", Number.NEGATIVE_INFINITY],
])("%s is %s", (text, value) => expect(readNumber(text)).toBe(value));

test.each(["", "1,000", "10 BB", "k", "1e", "0x10", "1__0", "ten", "1-2"])("%s is no number", (text) =>
  expect(readNumber(text)).toBeNull(),
);

test("reads back what pages show of round token counts, and every plain number", () => {
  for (const n of [128_000, 131_072, 1_048_576, 8_388_608, 2e10, 1e12]) expect(readNumber(tokenCount(n))).toBe(n);
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (v) => {
      expect(readNumber(String(v))).toBe(Number(String(v)));
    }),
  );
});
