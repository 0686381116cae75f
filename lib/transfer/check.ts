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
