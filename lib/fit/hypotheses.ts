import tCdf from "@stdlib/stats-base-dists-t-cdf";
import { counted } from "../format";
import { isTimescale } from "./forms";
import { fitLr, type LrFit } from "./lr-fit";
import type { FitRow } from "./rows";
import type { FitSettings } from "./settings";

/**
 * A test of one of the paper's assumptions on the freer form: the exponent with its standard error and 95% interval;
 * numbers are null where the data cannot decide it.
 */
export type Hypothesis = {
  name: "batch-proportional" | "size-independent" | "timescale-constant";
  statement: string;
  coefficient: "c" | "d" | "m";
  nullValue: number;
  estimate: number | null;
  se: number | null;
  low: number | null;
  high: number | null;
  df: number | null;
  pValue: number | null;
  /** At the 5% level; null where not testable. */
  rejected: boolean | null;
  sentence: string;
};

const TESTS = [
  {
    name: "batch-proportional",
    statement: "The best learning rate is proportional to the batch size (c = 1).",
    form: "power-free",
    coefficient: "c",
    nullValue: 1,
    subject: "proportionality to the batch (c = 1)",
  },
  {
    name: "size-independent",
    statement: "The best learning rate does not depend on the model size (d = 0).",
    form: "power-free-size",
    coefficient: "d",
    nullValue: 0,
    subject: "independence of the model size (d = 0)",
  },
  {
    name: "timescale-constant",
    statement: "The timescale of AdamW's weights at the best learning rate is one part of every run (m = 0).",
    form: "timescale-ratio",
    coefficient: "m",
    nullValue: 0,
    subject: "one timescale (m = 0)",
  },
] as const;

/**
 * Two-sided t tests of the paper's two assumptions, c = 1 (hypothesis 1) and d = 0 (hypothesis 2), and, where the runs
 * say a weight decay, of one timescale.
 */
export function testHypotheses(rows: readonly FitRow[], settings: FitSettings): Hypothesis[] {
  const asked = TESTS.filter(({ form }) => !isTimescale(form) || rows.some((row) => (row.weightDecay ?? 0) > 0));
  return asked.map((test) => {
    const fit = fitLr(test.form, rows, { ...settings, bootstrap: 0 }, false);
    const { name, statement, coefficient, nullValue } = test;
    const shared = { name, statement, coefficient, nullValue };
    if (!("regression" in fit)) {
      const sentence = `Not tested: ${fit.message}`;
      return {
        ...shared,
        estimate: null,
        se: null,
        low: null,
        high: null,
        df: null,
        pValue: null,
        rejected: null,
        sentence,
      };
    }
    return { ...shared, ...tTest(fit, test) };
  });
}

function tTest(fit: LrFit, test: (typeof TESTS)[number]) {
  const {
    value,
    se,
    t,
    df = fit.regression.df,
  } = fit.regression.coefficients.find((c) => c.name === test.coefficient)!;
  const statistic = (value - test.nullValue) / se;
  const pValue = 2 * tCdf(-Math.abs(statistic), df);
  const rejected = pValue < 0.05;
  const interval = `95% interval ${decimals(t.low)} to ${decimals(t.high)}`;
  const numbers = `${test.coefficient} = ${decimals(value)} +- ${decimals(se)} (${interval}, ${counted(fit.regression.n, "optimum", "optima")})`;
  const p = pValue < 0.001 ? "p < 0.001" : `p = ${pValue.toFixed(3)}`;
  const sentence = rejected
    ? `${numbers}: ${test.subject} is rejected (${p}).`
    : `${numbers}: the data are compatible with ${test.subject} (${p}), and with every other value in the interval.`;
  return { estimate: value, se, low: t.low, high: t.high, df, pValue, rejected, sentence };
}

/** Two decimals, without the sign of a negative zero. */
function decimals(value: number): string {
  return value.toFixed(2).replace(/^-(0\.00)$/, "$1");
}
