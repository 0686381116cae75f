import { expect, it } from "vitest";
import { readRows } from "../../tests/golden/read-data";
import { groupBy } from "../estimate";
import { leastSquares } from "../fit";
import { criticalBatch } from ".";

it("recovers the published critical batches of five model sizes and their power law", () => {
  const sizes = [...groupBy(readRows("cbs-zhang.csv"), (r) => r.params_M!)].map(([size, rows]) => ({
    size: Number(size),
    fit: criticalBatch(
      rows.map((r) => ({ batchSeqs: Number(r.batch_size_seqs), steps: Number(r.steps_to_target) })),
      { referenceBatch: 256 },
    )!,
  }));
  const published = [745.32, 955.16, 1393.73, 1888.52, 2533.41];
  sizes.forEach(({ fit }, i) => {
    expect(Math.abs(fit.batchSeqs / published[i]! - 1)).toBeLessThan(1e-4);
  });
  const [lnScale, exponent] = leastSquares(
    sizes.map((s) => [1, Math.log(s.size)]),
    sizes.map((s) => Math.log(s.fit.batchSeqs)),
  )!.coefficients;
  expect(Math.abs(Math.exp(lnScale!) / 93.196814 - 1)).toBeLessThan(1e-4);
  expect(Math.abs(exponent! / 0.46827823 - 1)).toBeLessThan(1e-4);
});

it("needs three points", () => {
  expect(criticalBatch([{ batchSeqs: 1, steps: 2 }])).toBeNull();
});
