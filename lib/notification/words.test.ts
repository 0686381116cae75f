import { expect, test } from "vitest";
import { NOTIFICATION_KINDS, shownKinds } from "./kinds";
import { wordsOf } from "./words";

test("every kind can be chosen, once, and in one order", () => {
  expect(shownKinds.map(([kind]) => kind)).toEqual([...NOTIFICATION_KINDS]);
});

test("what happened stands after the name of its subject, with its numbers", () => {
  expect(wordsOf("run-failed", { reason: "" })).toBe("failed");
  expect(wordsOf("run-alert", { title: "spike", text: "", level: "error" })).toBe("says (error): spike");
  expect(
    wordsOf("metric-crossed", { metric: "loss", comparison: "below", bound: 0.1, value: 0.0123456789, step: 3 }),
  ).toBe("loss went below 0.1: 0.0123457 at step 3");
  expect(wordsOf("optimum-at-edge", { low: 1, high: 2, curves: 8 })).toBe(
    "the best rate of 3 of 8 curves is the first or last of its grid: 1 at the lowest rate, 2 at the highest rate",
  );
  expect(wordsOf("law-moved", { rate: 0.004, published: 0.001, low: 0.0008, high: 0.002 })).toBe(
    "the law of today says 0.004 at its target, outside the interval published with 0.001 (0.0008 to 0.002)",
  );
  expect(wordsOf("rate-outside-plateau", { rate: 3e-5, low: 1e-4, high: 2e-4, recommendation: "Large" })).toBe(
    "uses the rate 3e-5, outside the plateau of “Large” (0.0001 to 0.0002)",
  );
});
