import { expect, it } from "vitest";
import * as f from ".";

it.each([
  [f.counted(0, "run"), "0 runs"],
  [f.counted(1, "optimum", "optima"), "1 optimum"],
  [f.counted(2, "optimum", "optima"), "2 optima"],
  [f.learningRate(0.004), "0.004"],
  [f.learningRate(0.003573203), "0.00357"],
  [f.learningRate(0.0000321), "3.21e-5"],
  [f.learningRate(Number.NaN), "NaN"],
  [f.learningRate(null), "-"],
  [f.tokenCount(131_072), "128Ki"],
  [f.tokenCount(128_000), "128k"],
  [f.tokenCount(1_048_576), "1Mi"],
  [f.tokenCount(1e12), "1T"],
  [f.tokenCount(69_376 * 1024), "71M"],
  [f.tokenCount(512), "512"],
  [f.tokenCount(999_999), "1M"],
  [f.tokenCount(1_000_100), "1M"],
  [f.tokenCount(1_000_100, 5), "1.0001M"],
  [f.tokenCount(1_250_000_000), "1.25B"],
  [f.paramCount(26_624), "26.6k"],
  [f.batch(8, 64), "8 seq (512 tok)"],
  [f.loss(1.63251), "1.6325"],
  [f.loss(Number.POSITIVE_INFINITY), "Infinity"],
  [f.plusMinus(0.5891, 0.0321), "0.589 ± 0.032"],
  [f.plusMinus(1.0000000000001, 3.2e-13), "1 ± 3e-13"],
  [f.plusMinus(-0.4, null), "-0.4"],
  [f.percent(0.0025), "0.25%"],
  [f.duration(8040), "2 h 14 m"],
  [f.duration(200), "3 m 20 s"],
  [f.duration(4.21), "4.2 s"],
])("%s is %s", (shown, expected) => {
  expect(shown).toBe(expected);
});

it("tells values apart that would read alike, with as few digits as do, and leaves the others alone", () => {
  const names = (values: number[], name: (v: number, digits?: number) => string) => values.map(f.apart(values, name));
  expect(names([1_000_100, 1_000_400, 2_000_000], f.tokenCount)).toEqual(["1.0001M", "1.0004M", "2M"]);
  expect(names([1_000_000, 1_000_400, 131_072, 128_000], f.tokenCount)).toEqual(["1M", "1.0004M", "128Ki", "128k"]);
  expect(names([26_624, 26_625, 93_696], f.paramCount)).toEqual(["26.62k", "26.63k", "93.7k"]);
  expect(names([1_000_000_000_001, 1_000_000_000_002], f.paramCount)).toEqual(["1.000000000001T", "1.000000000002T"]);
  expect(names([1_000_100], f.tokenCount)).toEqual(["1M"]);
  expect(names([0.0010001, 0.001], f.learningRate)).toEqual(["0.0010001", "0.001"]);
  expect(f.apart<number>([1_000_100], f.tokenCount)(5_000_000)).toBe("5M");
});
