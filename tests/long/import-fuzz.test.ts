import { expect, test } from "vitest";
import { readers } from "../fuzz/cases";
import { fuzz } from "../fuzz/fuzz";

/** Damaged files: no reader throws, hangs or takes memory without bound, and none costs what lies beside it. */

test.each(readers)("%s, ten seconds", async (reader) => {
  const { tried, faults } = await fuzz(reader, 10, 20_261_128);
  expect(faults.join("\n")).toBe("");
  expect(tried).toBeGreaterThan(20);
});
