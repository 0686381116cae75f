import { expect, it } from "vitest";
import { problemTexts } from "./problems";

const missing = (line: number) => ({ line, field: "batchSeqs", value: "", message: "is missing" });

it("the same problem of many lines is said once, with where it begins and how often", () => {
  const other = { line: 3, field: "peakLr", value: "fast", message: "is not a positive number" };
  expect(problemTexts([missing(2), other, missing(4)])).toEqual([
    'lines 2 and 4: batchSeqs "" is missing',
    'line 3: peakLr "fast" is not a positive number',
  ]);
  expect(problemTexts(Array.from({ length: 20 }, (_, i) => missing(i + 2)))).toEqual([
    'lines 2, 3, 4 and 17 more: batchSeqs "" is missing',
  ]);
});
