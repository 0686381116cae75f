import type { DecayShape, Schedule } from "./schema";

/** What a schedule needs to know of its run: batch in sequences, length in tokens. */
export type ScheduleRun = { batchSeqs: number; totalTokens: number };

/**
 * Learning rate (muP base LR) of the step that starts after `n` tokens were trained.
 *
 * Equations 2, 7 and 8 of the Power Scheduler paper (arXiv 2408.13359), in tokens throughout. Warmup aims at the value
 * the stable phase has at its end, so the curve is continuous; the decay starts from the value frozen at its first
 * token. Beyond `totalTokens` the final value holds.
 */
export function learningRate(schedule: Schedule, run: ScheduleRun, n: number): number {
  const { warmupTokens } = schedule;
  if (n < warmupTokens) return (n / warmupTokens) * stableRate(schedule, run.batchSeqs, warmupTokens);
  if (schedule.kind === "constant") return schedule.peakLr;
  if (schedule.kind === "linear" || schedule.kind === "cosine") {
    const x = (n - warmupTokens) / (run.totalTokens - warmupTokens);
    return schedule.peakLr * decayFactor(schedule.kind, x, schedule.finalLrFraction);
  }
  const decayTokens = schedule.decayFraction * run.totalTokens;
  const decayStart = run.totalTokens - decayTokens;
  if (n <= decayStart || decayTokens === 0) return stableRate(schedule, run.batchSeqs, n);
  const x = (n - decayStart) / decayTokens;
  return (
    stableRate(schedule, run.batchSeqs, decayStart) * decayFactor(schedule.decayShape, x, schedule.finalLrFraction)
  );
}

/** Factor of the decay at x in [0, 1], from 1 down to `finalLrFraction`; x outside is clamped. */
export function decayFactor(shape: DecayShape, x: number, finalLrFraction: number): number {
  const r = finalLrFraction;
  if (x <= 0) return 1;
  if (x >= 1) return r;
  switch (shape) {
    case "exp":
      // expm1 keeps full precision where the decay reaches zero.
      return ((1 - r) * Math.expm1(1 - x)) / Math.expm1(1) + r;
    case "linear":
      return 1 - (1 - r) * x;
    case "1-sqrt":
      return 1 - (1 - r) * Math.sqrt(x);
    case "cosine":
      return r + (1 - r) * Math.cos((Math.PI * x) / 2) ** 2;
  }
}

/** Value of the phase between warmup and decay: the peak, or min(cap, batch a n^b) for `power` (eq. 7). */
function stableRate(schedule: Schedule, batchSeqs: number, n: number): number {
  if (schedule.kind !== "power") return schedule.peakLr;
  return Math.min(schedule.peakLr, batchSeqs * schedule.a * n ** schedule.b);
}
