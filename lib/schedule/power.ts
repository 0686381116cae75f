import type { ScheduleRun } from "./learning-rate";
import { learningRate } from "./learning-rate";
import type { Schedule } from "./schema";

/** eta / batch = a T^b with T in tokens and the batch in sequences (eq. 4 of arXiv 2408.13359). */
export type PowerLaw = { a: number; b: number };

/**
 * Amplitude of the paper's schedule (a = 4, law of the *running* LR) over that of its fit (a = 4.6, law of the best
 * constant LR for a run of T tokens). They are different objects: a schedule that equals the fitted value only at its
 * end has trained above it all along.
 */
export const PAPER_AMPLITUDE_RATIO = 4 / 4.6;

/** Cap of the paper's schedule, which found the exact value unimportant as long as it is large. */
export const PAPER_CAP = 0.02;

/** Tokens at which the cap stops binding: (cap / (a batch))^(1/b). */
export function kneeTokens(power: { a: number; b: number; cap: number }, batchSeqs: number): number {
  return (power.cap / (power.a * batchSeqs)) ** (1 / power.b);
}

/** Best constant (WSD) LR of a run of `tokens` tokens under the law: batch a T^b (eq. 6). */
export function optimalLearningRate(law: PowerLaw, batchSeqs: number, tokens: number): number {
  return batchSeqs * law.a * tokens ** law.b;
}

/**
 * The Power schedule that goes with a fitted law of WSD optima; `amplitudeRatio` defaults to the paper's 4 / 4.6, `cap`
 * is an LR.
 */
export function powerFromFit(
  law: PowerLaw,
  { cap = PAPER_CAP, amplitudeRatio = PAPER_AMPLITUDE_RATIO }: { cap?: number; amplitudeRatio?: number } = {},
): { a: number; b: number; cap: number } {
  return { a: law.a * amplitudeRatio, b: law.b, cap };
}

/** Sum of the LR over the tokens of a run divided by the tokens (trapezoid on `pieces` equal steps). */
export function meanLearningRate(schedule: Schedule, run: ScheduleRun, pieces = 4096): number {
  let sum = 0;
  for (let i = 0; i <= pieces; i++) {
    const weight = i === 0 || i === pieces ? 0.5 : 1;
    sum += weight * learningRate(schedule, run, (run.totalTokens * i) / pieces);
  }
  return sum / pieces;
}

/**
 * Points [tokens, LR] to draw a schedule: `count` evenly spaced ones plus the corners (end of warmup, knee, start of
 * decay), in order.
 */
export function schedulePoints(schedule: Schedule, run: ScheduleRun, count = 200): [number, number][] {
  const total = run.totalTokens;
  const tokens = new Set<number>([schedule.warmupTokens]);
  for (let i = 0; i <= count; i++) tokens.add((total * i) / count);
  if (schedule.kind === "wsd" || schedule.kind === "power") tokens.add(total * (1 - schedule.decayFraction));
  if (schedule.kind === "power") {
    tokens.add(kneeTokens({ a: schedule.a, b: schedule.b, cap: schedule.peakLr }, run.batchSeqs));
  }
  return [...tokens]
    .filter((n) => n >= 0 && n <= total)
    .sort((p, q) => p - q)
    .map((n) => [n, learningRate(schedule, run, n)]);
}
