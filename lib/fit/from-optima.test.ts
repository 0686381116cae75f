import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { type Form, fitLaw, fitOptima, fitSettingsSchema, type LrFit, namedLaw, predictLr, rowsFromOptima } from ".";

const settings = (form: Form) => fitSettingsSchema.parse({ form, estimator: "ew" });
const runs = quickstartRuns("quickstart-a.csv");

describe("a law from a table of optima", () => {
  it.each(["power-free", "power-free-size", "step-law"] as const)("is that of the runs they came from: %s", (form) => {
    const fit = fitLaw(runs, settings(form)).fit as LrFit;
    const rows = fit.regression.rows.map(({ lr, batchSeqs, tokens, params, seqLen, se, loss }) => ({
      ...{ lr, batchSeqs, tokens, params, seqLen, se, loss },
    }));
    const own = fitOptima(rows, { form }) as LrFit;
    for (const [i, c] of own.regression.coefficients.entries())
      expect(c).toMatchObject({
        value: expect.closeTo(fit.regression.coefficients[i]!.value, 10),
        se: expect.closeTo(fit.regression.coefficients[i]!.se, 10),
      });
  });

  it("is refused with a reason, or the row and its value", () => {
    expect(fitOptima([{ lr: 0.01, batchSeqs: 8, tokens: 1e6 }])).toMatchObject({ reason: "one-value" });
    expect(() => rowsFromOptima([{ lr: 0.01, batchSeqs: 8, tokens: -1 }])).toThrow("optimum 0: tokens -1");
    expect(() => rowsFromOptima([{ lr: Number.NaN, batchSeqs: 8, tokens: 1 }])).toThrow("optimum 0: lr NaN");
  });
});

it.each(["power", "power-free", "power-free-size", "step-law", "compute", "horizon"] as const)(
  "exponents are named by what they belong to: %s",
  (form) => {
    const fit = fitLaw(runs, settings(form)).fit as LrFit;
    const { amplitude, exponents } = namedLaw(fit);
    const at = { batchSeqs: 4, tokens: 1e6, params: 1e5, seqLen: 64 };
    const values = { batch: 4, tokens: 1e6, params: 1e5, compute: 6e11 };
    const ln = Object.entries(exponents).reduce(
      (sum, [name, exponent]) => sum + exponent * Math.log(values[name as "batch"]),
      Math.log(amplitude),
    );
    expect(Math.exp(ln) / predictLr(fit, at)!.lr).toBeCloseTo(1, 10);
  },
);
