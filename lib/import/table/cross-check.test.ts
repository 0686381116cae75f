import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { curvesOf, type Estimator, optimumOf } from "../../estimate";
import { fitLaw, fitSettingsSchema } from "../../fit";
import { parseMapping } from "../../mapping";
import { pointsOfTable, readDelimited } from ".";
import { identitiesOf } from "./points";

const GOLDEN = join(import.meta.dirname, "../../../tests/golden");
const answer = JSON.parse(readFileSync(join(GOLDEN, "table.json"), "utf8"));
const table = readDelimited(readFileSync(join(GOLDEN, "data", "odd-table.csv"), "utf8"));
const mapping = parseMapping('lr=lr,batchSeqs=bs,tokens=D,params=N,loss="smooth loss",seqLen=2048,architecture=dense');
const { points, problems } = pointsOfTable(table, mapping);
const RELATIVE = 1e-6;

type Expected = {
  form: string;
  estimator: string;
  weights: string;
  robust: string;
  n: number;
  coefficients: number[];
  se: number[];
};
const fits = (answer.fits as Expected[]).map(
  (f) => [`${f.form}, ${f.estimator}, weights ${f.weights}, robust ${f.robust}`, f] as const,
);

/** Whether two numbers agree to a millionth, as an independent reference is compared. */
function close(value: number, expected: number): boolean {
  return Math.abs(value - expected) <= RELATIVE * Math.max(Math.abs(expected), 1e-9);
}

describe("an odd table (synthetic losses) against numpy", () => {
  it("is read whole: byte order mark, quotes, CRLF, blank lines, spaces in names, exponents, losses that are none, repeats", () => {
    expect(problems).toEqual([]);
    expect(points).toHaveLength(answer.rows);
    expect(points.filter((p) => p.state === "diverged").length).toBeGreaterThan(5);
    expect(new Set(identitiesOf(points)).size).toBe(answer.rows);
  });

  it.each(["ew", "parabola", "argmin"] as const)("gives the same optima by %s", (estimator: Estimator) => {
    const curves = curvesOf(points, { loss: "held-out", seeds: "average" });
    expect(curves).toHaveLength(answer.optima.length);
    let compared = 0;
    for (const expected of answer.optima) {
      const curve = curves.find(
        (c) =>
          c.dims.paramsNonEmbedding === expected.params &&
          c.dims.tokens === expected.tokens &&
          c.dims.batchSeqs === expected.batchSeqs,
      )!;
      const { status, estimate } = optimumOf(curve, estimator);
      expect(status === "ok").toBe(expected.interior);
      if (!expected.interior) continue;
      const wanted = estimator === "ew" ? (expected.ew ?? expected.parabola) : expected[estimator];
      expect([estimate!.lr, close(estimate!.lr, wanted)]).toEqual([estimate!.lr, true]);
      if (estimator === "ew" && expected.ew) expect(close(estimate!.se!, expected.ewSe)).toBe(true);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(50);
  });

  it.each(fits)("gives the same coefficients and standard errors: %s", (_, expected) => {
    const { form, estimator, weights, robust } = expected;
    const { fit } = fitLaw(points, fitSettingsSchema.parse({ form, estimator, weights, robust }));
    if (fit?.kind !== "lr") throw new Error("no law");
    expect(fit.regression.n).toBe(expected.n);
    fit.regression.coefficients.forEach((c, j) => {
      expect([c.name, c.value, close(c.value, expected.coefficients[j]!)]).toEqual([c.name, c.value, true]);
      const se = c.seIndependent!;
      expect([c.name, se, close(se, expected.se[j]!)]).toEqual([c.name, se, true]);
    });
  });
});
