import tCdf from "@stdlib/stats-base-dists-t-cdf";
import tQuantile from "@stdlib/stats-base-dists-t-quantile";
import { type FitRow, leastSquares } from "../fit";
import { type Inference, inferenceOf } from "../fit/clustered";
import { definitionOf } from "../fit/forms";
import { dot, type LinearFit, quadratic } from "../fit/linear";
import { averagedRows } from "../fit/rows";
import type { FitSettings, LrForm } from "../fit/settings";
import { tokenCount } from "../format";
import { type Check, equivalence, MARGIN, pWords } from "./check";

/** Factors are the target's law over the source's, ratios of rates with 95% intervals; `n` counts optima. */
export type SameLawEvidence = {
  form: string;
  relation: "same" | "parallel" | "different";
  n: number;
  /** That no exponent differs (the least p of all, times their number), and that parallel laws have one constant. */
  pSlopes: number;
  pShift: number;
  factor: number;
  factorLow: number;
  factorHigh: number;
  /** The target's law over the source's where they are known least well among the target's optima. */
  farthest: { tokens: number; batchSeqs: number; factor: number; factorLow: number; factorHigh: number };
  /** Exponents of each group, and the difference with its standard error. */
  slopes: { name: string; source: number; target: number; difference: number; se: number }[];
};

/**
 * Check 4: analysis of covariance on ln LR, with errors that trunks share (CR2). Separate laws, parallel laws (same
 * exponents, another constant) and one pooled law are told apart by t tests, each at 5%. Pass: at the farthest optimum
 * of the target the two laws, each with its own constant and exponents, differ by less than a factor 1.5 over the whole
 * 95% interval.
 */
export function sameLawCheck(
  source: readonly FitRow[],
  target: readonly FitRow[],
  settings: FitSettings,
): Check<SameLawEvidence> {
  const title = "Same law, shifted, or another slope";
  const form: LrForm = settings.form === "power" || settings.form === "power-averaged" ? settings.form : "power-free";
  const definition = definitionOf(form);
  const prepare = form === "power-averaged" ? averagedRows : (rows: readonly FitRow[]) => rows;
  const groups = [prepare(source), prepare(target)] as const;
  const rows = groups.flatMap((group, g) => group.map((row) => ({ row, g })));
  const y = rows.map(({ row }) => Math.log(row.lr) - definition.offset(row));
  const base = rows.map(({ row }) => definition.design(row));
  const keys = rows.map(({ row, g }) => `${g} ${row.trunkKey}`);
  const separate = base.map((x, i) => [...x, ...x.map((v) => v * rows[i]!.g)]);
  const shifted = base.map((x, i) => [...x, rows[i]!.g]);
  const full = leastSquares(separate, y);
  const parallel = leastSquares(shifted, y);
  if (!full || !parallel || full.df < 1) {
    const sentence =
      "Not decided: source or target has too few optima, or too few different token counts or batches, for a law of its own.";
    return { name: "same-law", title, verdict: "inconclusive", sentence, evidence: null };
  }
  const k = base[0]!.length;
  const ofFull = inferenceOf(separate, full, keys);
  const ofShift = inferenceOf(shifted, parallel, keys);
  const unit = (p: number, at: number) => Array.from({ length: p }, (_, j) => (j === at ? 1 : 0));
  const slopes = Array.from({ length: k - 1 }, (_, j) => pOf(ofFull, full, unit(2 * k, k + 1 + j)));
  const pSlopes = Math.min(1, slopes.length * Math.min(...slopes));
  const pShift = pOf(ofShift, parallel, unit(k + 1, k));
  const shift = parallel.coefficients[k]!;
  const half = tQuantile(0.975, ofShift.df(unit(k + 1, k))) * Math.sqrt(ofShift.covariance[k]![k]!);
  const relation = pSlopes < 0.05 ? "different" : pShift < 0.05 ? "parallel" : "same";
  const evidence: SameLawEvidence = {
    form,
    relation,
    n: rows.length,
    pSlopes,
    pShift,
    factor: Math.exp(shift),
    factorLow: Math.exp(shift - half),
    factorHigh: Math.exp(shift + half),
    farthest: farthestOf(
      full,
      ofFull,
      groups[1].map((row) => ({ row, x: definition.design(row) })),
    ),
    slopes: definition.coefficients.slice(1).map((name, j) => ({
      name,
      source: full.coefficients[j + 1]!,
      target: full.coefficients[j + 1]! + full.coefficients[k + j + 1]!,
      difference: full.coefficients[k + j + 1]!,
      se: Math.sqrt(ofFull.covariance[k + j + 1]![k + j + 1]!),
    })),
  };
  return { name: "same-law", title, ...judge(evidence), evidence };
}

/** Two numbers with as many decimals as it takes to see that they differ, two to six. */
function apart(p: number, q: number): string {
  const decimals = [2, 3, 4, 5, 6].find((d) => p.toFixed(d) !== q.toFixed(d)) ?? 6;
  return `${p.toFixed(decimals)} against ${q.toFixed(decimals)}`;
}

/** Separate laws against each other, at the row where the difference has the largest standard error. */
function farthestOf(
  full: LinearFit,
  inference: Inference,
  target: readonly { row: FitRow; x: number[] }[],
): SameLawEvidence["farthest"] {
  const k = full.p / 2;
  const difference = full.coefficients.slice(k);
  const covariance = inference.covariance.slice(k).map((row) => row.slice(k));
  const { row, x, variance } = target
    .map((at) => ({ ...at, variance: quadratic(at.x, covariance) }))
    .reduce((p, q) => (q.variance > p.variance ? q : p));
  const d = dot(x, difference);
  const contrast = [...x.map(() => 0), ...x];
  const half = tQuantile(0.975, inference.df(contrast)) * Math.sqrt(variance);
  const { tokens, batchSeqs } = row;
  return { tokens, batchSeqs, factor: Math.exp(d), factorLow: Math.exp(d - half), factorHigh: Math.exp(d + half) };
}

function judge(e: SameLawEvidence): Pick<Check, "verdict" | "sentence"> {
  const { farthest } = e;
  const place = equivalence({ low: Math.log(farthest.factorLow), high: Math.log(farthest.factorHigh) });
  const shift = factorWords(e);
  const there = `at the target's farthest optimum (T = ${tokenCount(farthest.tokens)}) the two laws differ by a factor ${factorWords(farthest)}`;
  const slopes = e.slopes.map((s) => `${s.name} ${apart(s.source, s.target)}`).join(", ");
  if (place === "within") {
    const different =
      e.relation === "different" ? `, though not in every exponent (${pWords(e.pSlopes)}: ${slopes})` : "";
    return {
      verdict: "pass",
      sentence: `The laws are the same within a factor ${MARGIN}${different}: ${there}; the shift of the whole is ${shift}.`,
    };
  }
  if (e.relation === "different") {
    return { verdict: "fail", sentence: `The exponents differ (${pWords(e.pSlopes)}): ${slopes}; ${there}.` };
  }
  if (e.relation === "parallel") {
    return {
      verdict: "warn",
      sentence: `No difference in the exponents is shown (${pWords(e.pSlopes)}), but the target's law is shifted by a factor ${shift} (${pWords(e.pShift)}); ${there}.`,
    };
  }
  const numbers = `Neither the exponents (${pWords(e.pSlopes)}) nor the constant (${pWords(e.pShift)}) are shown to differ, the shift is ${shift}, but ${there}`;
  return place === "beyond"
    ? { verdict: "fail", sentence: `${numbers}.` }
    : { verdict: "inconclusive", sentence: `${numbers}, too wide to call the laws the same.` };
}

function factorWords({ factor, factorLow, factorHigh }: SameLawEvidence["farthest"] | SameLawEvidence): string {
  return `${factor.toFixed(2)} (95% interval ${factorLow.toFixed(2)} to ${factorHigh.toFixed(2)})`;
}

/** Two-sided, of a contrast that is 0. */
function pOf({ covariance, df }: Inference, { coefficients }: LinearFit, contrast: number[]): number {
  // Exact data leave no error; the smallest positive number keeps the ratio defined.
  const se = Math.max(Math.sqrt(Math.max(0, quadratic(contrast, covariance))), Number.MIN_VALUE);
  return 2 * tCdf(-Math.min(Math.abs(dot(contrast, coefficients)) / se, 1e300), df(contrast));
}
