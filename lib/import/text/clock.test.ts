import fc from "fast-check";
import { expect, it } from "vitest";
import { timeIn, timeInBytes } from "./clock";

const bytesOf = (line: string) => new TextEncoder().encode(line);
const told = (line: string) => timeInBytes(bytesOf(`x\n${line}\n`), 2, 2 + line.length);

it("reads the time of a line from its bytes as from its text", () => {
  const part = fc.constantFrom(
    ...[" [", "]", "2026", "-", "/", "01", "31", " ", "T", "23", ":", "59", ",", ".", "123", "Z", "+02:00", "12", "x"],
    ...["2026-01-31 23:59:59", "2026-01-31T23:59:59", "2026/01/31 23:59:59"],
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      expect(told(parts.join(""))).toBe(timeIn(parts.join("")));
    }),
    { numRuns: 20_000 },
  );
});

it.each([
  [" [2026-01-31 23:59:59] iteration 1", Date.UTC(2026, 0, 31, 23, 59, 59)],
  ["2026-01-31 23:59:59,250 - INFO", Date.UTC(2026, 0, 31, 23, 59, 59, 250)],
  ["iter 12: loss 3.1", Number.NaN],
])("%s", (line, time) => expect(told(line)).toBe(time));
