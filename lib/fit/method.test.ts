import { expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { changedSince, fitLaw, fitSettingsSchema } from ".";

it("a fit says of which method it is, and one of 0.1 what has changed since", () => {
  const { method } = fitLaw(quickstartRuns("quickstart-a.csv"), fitSettingsSchema.parse({}));
  expect(changedSince(method)).toBeNull();
  expect(changedSince(undefined)).toMatch(/recipes are different curves/);
});
