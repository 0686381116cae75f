import fc from "fast-check";
import { expect, it } from "vitest";
import { quickstartRuns } from "../tests/golden/read-data";
import { estimators } from "./estimate";
import { fitLaw, fitSettingsSchema, forms } from "./fit";
import { recommend, recommendationTargetSchema } from "./recommend";
import type { RunPoint } from "./run";
import { transferReport } from "./transfer";

const quickstart = [...quickstartRuns("quickstart-a.csv"), ...quickstartRuns("quickstart-moe.csv")];

/** Paths of numbers that JSON cannot hold. */
function nonFinite(value: unknown, path = ""): string[] {
  if (typeof value === "number") return Number.isFinite(value) ? [] : [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => nonFinite(inner, `${path}.${key}`));
}

const settingsArbitrary = fc.record({
  form: fc.constantFrom(...forms),
  estimator: fc.constantFrom(...estimators),
  topBatches: fc.constantFrom(1, 3, "all" as const, undefined),
  loss: fc.constantFrom("held-out" as const, "tail" as const),
  seeds: fc.constantFrom("average" as const, "separate" as const),
  weights: fc.constantFrom("none" as const, "se" as const),
  robust: fc.constantFrom("none" as const, "huber" as const),
  bootstrap: fc.constantFrom(0, 3),
});

/** Odd runs: any subset of a sweep, some diverged, without a seed, size or loss. */
const runsArbitrary = fc
  .tuple(fc.subarray(quickstart), fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 }))
  .map(([runs, oddities]) =>
    runs.map((run, i): RunPoint => {
      switch (oddities[i]) {
        case 0:
          return { ...run, state: "diverged", finalLoss: null };
        case 1:
          return { ...run, finalLoss: Number.NaN };
        case 2:
          return { ...run, paramsTotal: null, paramsNonEmbedding: null, paramsActive: null };
        case 3:
          return { ...run, seed: null, width: null };
        case 4:
          return { ...run, peakLr: 0 };
        case 5:
          return { ...run, seqLen: null, data: null };
        case 6:
          return { ...run, finalLoss: Number.POSITIVE_INFINITY };
        default:
          return run;
      }
    }),
  );

it("fits, refuses or recommends from any runs, without exception or a number JSON cannot hold", () => {
  fc.assert(
    fc.property(runsArbitrary, settingsArbitrary, (runs, choice) => {
      const settings = fitSettingsSchema.parse(choice);
      const result = fitLaw(runs, settings);
      expect(nonFinite(result)).toEqual([]);
      expect((result.fit === null) !== (result.notIdentifiable === null)).toBe(true);
      const target = recommendationTargetSchema.parse({ tokens: 1e9, batchSeqs: 64, seqLen: 64, params: 1e6 });
      expect(nonFinite(recommend(result, target))).toEqual([]);
    }),
    { numRuns: Number(process.env.ANY_RUNS ?? 40) },
  );
});

it("compares any two groups of runs", () => {
  fc.assert(
    fc.property(runsArbitrary, runsArbitrary, settingsArbitrary, (source, target, choice) => {
      const report = transferReport(source, target, { settings: fitSettingsSchema.parse({ ...choice, bootstrap: 0 }) });
      expect(nonFinite(report)).toEqual([]);
      expect(report.sentence).not.toMatch(/NaN|undefined|null/);
    }),
    { numRuns: Number(process.env.ANY_RUNS ?? 40) },
  );
});
