import { expect, it } from "vitest";
import { stepsToLoss } from ".";

const points = [
  { step: 0, value: 5 },
  { step: 10, value: 4 },
  { step: 20, value: Number.NaN },
  { step: 30, value: 2 },
];

it("is where the straight line between two points crosses the target", () => {
  expect(stepsToLoss(points, 4.5)).toBe(5);
  expect(stepsToLoss(points, 4)).toBe(10);
  expect(stepsToLoss(points, 3)).toBe(20);
});

it("is the first point where that is below already, and nothing where the target was never reached", () => {
  expect(stepsToLoss(points, 6)).toBe(0);
  expect(stepsToLoss(points, 1)).toBeNull();
  expect(stepsToLoss([], 1)).toBeNull();
  expect(stepsToLoss([{ step: 1, value: Number.NEGATIVE_INFINITY }], 1)).toBeNull();
});
