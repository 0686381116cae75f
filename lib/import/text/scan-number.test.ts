import fc from "fast-check";
import { expect, it } from "vitest";
import { scanNumber, scannedTo } from "./scan-number";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const digits = fc.stringMatching(/^\d{1,9}$/);
const exponent = fc.tuple(fc.constantFrom("e", "E"), fc.constantFrom("", "+", "-"), fc.integer({ min: 0, max: 14 }));

it("reads what Number reads, to the last bit and to the last character", () => {
  const decimal = fc
    .tuple(
      fc.constantFrom("", "-", "+"),
      digits,
      fc.option(digits),
      fc.option(exponent),
      fc.constantFrom("", " ", "ms|"),
    )
    .map(([sign, whole, part, e, after]) => ({
      text: `${sign}${whole.slice(0, 7)}${part === null ? "" : `.${part.slice(0, 8)}`}${e ? e.join("") : ""}`,
      after,
    }));
  fc.assert(
    fc.property(decimal, ({ text, after }) => {
      expect(scanNumber(bytesOf(`x${text}${after}`), 1)).toBe(Number(text));
      expect(scannedTo()).toBe(1 + text.length);
    }),
    { numRuns: 5_000 },
  );
});

it.each(["", "-", ".", "e5", "1e", "1e+", "nan", "1234567890.1234567", "1e400", "1e-40"])(
  "leaves %j to others",
  (text) => {
    expect(scanNumber(bytesOf(text), 0)).toBeNaN();
    expect(scannedTo()).toBe(0);
  },
);
