import tCdf from "@stdlib/stats-base-dists-t-cdf";
import tQuantile from "@stdlib/stats-base-dists-t-quantile";
import type { Optimum } from "../estimate";
import { counted } from "../format";
import { square } from "../portable";
import { matching } from "./cells";
import { type Check, mean, octaves, pWords } from "./check";

export type ShiftEvidence = {
  pairs: number;
  shiftLog2: number;
  factor: number;
  seLog2: number;
  factorLow: number;
  factorHigh: number;
  minLog2: number;
  maxLog2: number;
  pDifferent: number;
  pEquivalent: number;
  margin: number;
  seedsDiffer: boolean;
};

/** Factor within which two optima count as equal. */
export const EQUIVALENCE_MARGIN = 1.5;

/**
 * Check 3: mean of ln(target optimum / source optimum) over equal (tokens, batch). Transfer is claimed only when two
 * one-sided t tests (TOST, 5% each) show the shift to be within a factor 1.5; a non-significant shift alone proves
 * nothing.
 */
export function shiftCheck(
  source: readonly Optimum[],
  target: readonly Optimum[],
  seedsDiffer: boolean,
): Check<ShiftEvidence> {
  const title = "Shift of the optimum at equal tokens and batch";
  const shifts = target.flatMap((o) => {
    const other = o.estimate ? matching(source, o) : null;
    return other ? [Math.log(o.estimate!.lr / other.estimate!.lr)] : [];
  });
  const n = shifts.length;
  if (n < 3) {
    const sentence = `Not decided: ${n === 0 ? "no curves" : `only ${counted(n, "curve")}`} of source and target ${n === 1 ? "shares" : "share"} tokens, batch and context; at least 3 are needed.`;
    return { name: "shift", title, verdict: "inconclusive", sentence, evidence: null };
  }
  const d = mean(shifts);
  const df = n - 1;
  // Identical curves have no spread; a tiny one keeps the tests defined.
  const se = Math.max(Math.sqrt(shifts.reduce((s, v) => s + square(v - d), 0) / df / n), 1e-12);
  const margin = Math.log(EQUIVALENCE_MARGIN);
  const pEquivalent = Math.max(tCdf((d - margin) / se, df), tCdf((-d - margin) / se, df));
  const pDifferent = 2 * tCdf(-Math.abs(d) / se, df);
  const half = tQuantile(0.975, df) * se;
  const evidence: ShiftEvidence = {
    pairs: n,
    shiftLog2: d / Math.LN2,
    factor: Math.exp(d),
    seLog2: se / Math.LN2,
    factorLow: Math.exp(d - half),
    factorHigh: Math.exp(d + half),
    minLog2: Math.min(...shifts) / Math.LN2,
    maxLog2: Math.max(...shifts) / Math.LN2,
    pDifferent,
    pEquivalent,
    margin: EQUIVALENCE_MARGIN,
    seedsDiffer,
  };
  return { name: "shift", title, ...judge(evidence, d), evidence };
}

function judge(e: ShiftEvidence, d: number): Pick<Check, "verdict" | "sentence"> {
  const numbers = `Over ${e.pairs} pairs the target's best LR is ${e.factor.toFixed(2)} times the source's (95% interval ${e.factorLow.toFixed(2)} to ${e.factorHigh.toFixed(2)}, ${octaves(d)})`;
  const seeds = e.seedsDiffer ? " Source and target have different seeds, so part of the shift may be seed noise." : "";
  const inside = e.factorLow > 1 / e.margin && e.factorHigh < e.margin;
  const outside = e.factorLow > e.margin || e.factorHigh < 1 / e.margin;
  if (e.pEquivalent < 0.05) {
    const small = e.pDifferent < 0.05 ? ", a real but small shift" : "";
    return {
      verdict: "pass",
      sentence: `${numbers}: on average equal within a factor ${e.margin} (TOST ${pWords(e.pEquivalent)})${small}.${seeds}`,
    };
  }
  if (outside) {
    return { verdict: "fail", sentence: `${numbers}: the optimum moves by more than a factor ${e.margin}.${seeds}` };
  }
  if (e.pDifferent < 0.05) {
    return {
      verdict: "warn",
      sentence: `${numbers}: it differs from the source's (${pWords(e.pDifferent)}), and a shift beyond a factor ${e.margin} is not excluded.${seeds}`,
    };
  }
  const wide = inside ? "" : ` and shifts beyond a factor ${e.margin} remain possible`;
  return {
    verdict: "inconclusive",
    sentence: `${numbers}: no shift is shown, but equality is not shown either${wide}.${seeds}`,
  };
}
