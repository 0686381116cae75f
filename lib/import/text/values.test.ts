import { expect, test } from "vitest";
import { valueIn } from "./values";

test.each([
  ["1,024", 1024],
  ["1,048,576", 1048576],
  ["3,", 3],
  ["10,5", 10.5],
  ["0,125", 0.125],
  ["1,5e-4", 0.00015],
  ["1_000", 1000],
  ["170.2m", 170.2],
  ["2.5M", 2500000],
  ["41.6K", 41600],
  ["512.12ms", 512.12],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["nan", Number.NaN],
  ["n/a", null],
])("%s is %d", (text, value) => {
  expect(valueIn(text)).toBe(value);
});
