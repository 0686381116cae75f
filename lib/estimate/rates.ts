import type { RunPoint } from "../run";

/** Rates that lie closer together than this share of the step to the next rate, in logs, are one rate. */
const SAME = 0.02;
/** No grid is taken for coarser than a factor of 2, so that rates a factor 1.014 apart are two in any. */
const COARSEST = Math.log(2);
/** Up to so many runs all pairs are looked at, which is faster than sorting. */
const MANY = 64;
/** The step where there is no other rate to tell it: that of a fine grid. */
const FINE = Math.log(1.05);
const NEVER_SAME = Math.exp(SAME * COARSEST);

/**
 * The runs of one curve, or seeds of one, at nominal rates: rates that differ as rounding makes them (0.001 and
 * 0.0010000000475 of single precision, 0.0003 and 0.00029999) get the commonest (then smallest) of them.
 */
export function withNominalRates(runs: RunPoint[]): RunPoint[] {
  if (!hasNear(runs)) return runs;
  const counts = new Map<number, number>();
  for (const { peakLr } of runs) counts.set(peakLr, (counts.get(peakLr) ?? 0) + 1);
  const rates = [...counts.keys()].sort((p, q) => p - q);
  const nominal = new Map<number, number>();
  for (let from = 0, to = 0; from < rates.length; from = to + 1) {
    to = endOfRate(rates, from);
    const same = rates.slice(from, to + 1);
    const chosen = same.reduce((p, q) => (counts.get(q)! > counts.get(p)! ? q : p));
    for (const rate of same) nominal.set(rate, chosen);
  }
  if (rates.every((rate) => nominal.get(rate) === rate)) return runs;
  return runs.map((run) => ({ ...run, peakLr: nominal.get(run.peakLr)! }));
}

/** Where the longest stretch of rates from `from` on ends that is one rate: sets of that kind are nested or apart. */
function endOfRate(rates: readonly number[], from: number): number {
  const gap = (low: number, high: number) => Math.log(rates[high]! / rates[low]!);
  const before = from === 0 ? Number.POSITIVE_INFINITY : gap(from - 1, from);
  let end = from;
  for (let to = from + 1; to < rates.length && rates[to]! < rates[from]! * NEVER_SAME; to++) {
    const after = to === rates.length - 1 ? Number.POSITIVE_INFINITY : gap(to, to + 1);
    const step = Math.min(before, after);
    if (gap(from, to) < SAME * (step === Number.POSITIVE_INFINITY ? FINE : Math.min(step, COARSEST))) end = to;
  }
  return end;
}

/** Whether any two rates could be one. Almost never: this is asked of each curve on every keystroke. */
function hasNear(runs: readonly RunPoint[]): boolean {
  if (runs.length > MANY) return true;
  for (let i = 1; i < runs.length; i++) {
    const rate = runs[i]!.peakLr;
    for (let j = 0; j < i; j++) {
      const other = runs[j]!.peakLr;
      if (rate !== other && rate < other * NEVER_SAME && other < rate * NEVER_SAME) return true;
    }
  }
  return false;
}
