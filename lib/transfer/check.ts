import { EQUIVALENT, type Range } from "../fit";

/** Outcome of a check. `inconclusive` means that the data cannot decide, which is not a pass. */
export type Verdict = "pass" | "warn" | "fail" | "inconclusive";

export type CheckName = "lr-error" | "regret" | "shift" | "same-law" | "width-slope" | "leave-largest-out";

/** One transfer check: what it found in words, and the numbers behind it (null where undefined). */
export type Check<Evidence = Record<string, number | string | boolean | null>> = {
  name: CheckName;
  title: string;
  verdict: Verdict;
  sentence: string;
  evidence: Evidence | null;
};

/** Factor within which two learning rates count as equal, whatever the grid that they were measured on. */
export const MARGIN = EQUIVALENT;
export const MARGIN_LN = Math.log(MARGIN);
export const MARGIN_LOG2 = MARGIN_LN / Math.LN2;

/** Where the 95% interval of a difference in ln LR lies: equality is shown, a difference is shown, or neither. */
export function equivalence({ low, high }: Range): "within" | "beyond" | "undecided" {
  if (low >= -MARGIN_LN && high <= MARGIN_LN) return "within";
  return low > MARGIN_LN || high < -MARGIN_LN ? "beyond" : "undecided";
}

/** The verdict on a difference that should be none; a warning where one is shown, but not how large it is. */
export function differenceVerdict(interval: Range): Verdict {
  const place = equivalence(interval);
  if (place !== "undecided") return place === "within" ? "pass" : "fail";
  return interval.low > 0 || interval.high < 0 ? "warn" : "inconclusive";
}

export function undecided(name: CheckName, title: string, why: string): Check<never> {
  return { name, title, verdict: "inconclusive", sentence: `Not decided: ${why}.`, evidence: null };
}

/** A factor or LR ratio that is given in ln, as log2 with two decimals. */
export function octaves(ln: number): string {
  return `${(ln / Math.LN2).toFixed(2)} log2`;
}

export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(2)}%`;
}

/** p value in words. */
export function pWords(p: number): string {
  return p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}
