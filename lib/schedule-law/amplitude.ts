import { kneeTokens, PAPER_AMPLITUDE_RATIO, type Schedule } from "../schedule";
import { finalLoss, highestRate } from "./compare";
import type { ScheduleLaw } from "./law";
import { type RunLength, stepsOf } from "./run-schedule";

/**
 * A run under a Power schedule, and the law of its best WSD peaks, eta = batch a T^b, that the schedule is made of:
 * batch in sequences, T in tokens, `cap` a learning rate.
 */
export type PowerRun = RunLength &
  Pick<Schedule, "warmupTokens" | "decayFraction" | "decayShape"> & { a: number; b: number; cap: number };

/**
 * The ratio of the Power schedule's amplitude to that of the law of WSD peaks with the least predicted final loss.
 * `flat`: ratios within 0.1% of that loss, cut where the search ends. `highestLr`: the highest rate of that schedule.
 * `reason` is why the ratio is no measurement.
 */
export type MeasuredAmplitude = {
  ratio: number;
  loss: number;
  highestLr: number;
  flat: { low: number; high: number };
  borrowed: { ratio: number; loss: number };
  reason: string | null;
};

/** Of the loss; what other ratios may cost and still be called as good. */
const FLAT = 1e-3;
const SEARCHED = { low: 1 / 8, high: 8 };
/** Per octave, in the first look at the whole range and in the second about its best. */
const [COARSE, FINE] = [4, 32];
const HALVINGS = 12;

/**
 * Searches on fixed ratios of three digits, so that the same law and run give the same ratio everywhere. Null where the
 * run has no stable phase.
 */
export function measuredAmplitude(law: ScheduleLaw, run: PowerRun): MeasuredAmplitude | null {
  const stableTokens = (1 - run.decayFraction) * run.tokens;
  if (run.warmupTokens >= stableTokens || stepsOf(run) < 3) return null;
  const lossAt = (ratio: number) => finalLoss(law, powerSchedule(run, ratio), run);
  const coarse = best(gridOf(SEARCHED.low, SEARCHED.high, COARSE), lossAt);
  const step = Math.exp(Math.LN2 / COARSE);
  const [low, high] = [Math.max(SEARCHED.low, coarse / step), Math.min(SEARCHED.high, coarse * step)];
  const ratio = best(gridOf(low, high, FINE), lossAt);
  const loss = lossAt(ratio);
  return {
    ratio,
    loss,
    highestLr: highestRate(powerSchedule(run, ratio), run),
    flat: { low: flatEnd(ratio, SEARCHED.low, lossAt), high: flatEnd(ratio, SEARCHED.high, lossAt) },
    borrowed: { ratio: PAPER_AMPLITUDE_RATIO, loss: lossAt(PAPER_AMPLITUDE_RATIO) },
    reason: noMeasurement(ratio, run, stableTokens),
  };
}

function powerSchedule({ a, b, cap, warmupTokens, decayFraction, decayShape }: PowerRun, ratio: number): Schedule {
  return { kind: "power", peakLr: cap, a: a * ratio, b, warmupTokens, decayFraction, decayShape, finalLrFraction: 0 };
}

function gridOf(low: number, high: number, perOctave: number): number[] {
  const pieces = Math.round((Math.log(high / low) / Math.LN2) * perOctave);
  return Array.from({ length: pieces + 1 }, (_, i) => rounded(low * Math.exp((i * Math.LN2) / perOctave)));
}

/** Engines differ in last bits of powers and cosines: three digits are the same in all. */
function rounded(ratio: number): number {
  return Number(ratio.toPrecision(3));
}

/** The ratio of least loss, the smallest of equal ones. */
function best(ratios: readonly number[], lossAt: (ratio: number) => number): number {
  const losses = ratios.map(lossAt);
  return ratios[losses.reduce((least, loss, i) => (loss < losses[least]! ? i : least), 0)]!;
}

/** How far towards `end` the loss stays within `FLAT`, as of the first ratio that does not. */
function flatEnd(ratio: number, end: number, lossAt: (ratio: number) => number): number {
  const most = lossAt(ratio) * (1 + FLAT);
  const step = Math.exp((Math.sign(end - ratio) * Math.LN2) / COARSE);
  let inside = ratio;
  for (;;) {
    const next = end > ratio ? Math.min(end, inside * step) : Math.max(end, inside * step);
    if (next === inside) return rounded(end);
    if (lossAt(next) > most) return crossing(inside, next, most, lossAt);
    inside = next;
  }
}

function crossing(inside: number, outside: number, most: number, lossAt: (ratio: number) => number): number {
  for (let i = 0; i < HALVINGS; i++) {
    const middle = Math.sqrt(inside * outside);
    if (lossAt(middle) > most) outside = middle;
    else inside = middle;
  }
  return rounded(inside);
}

function noMeasurement(ratio: number, { a, b, cap, batchSeqs }: PowerRun, stableTokens: number): string | null {
  if (ratio <= SEARCHED.low || ratio >= SEARCHED.high) {
    const side = ratio <= SEARCHED.low ? "falls" : "rises";
    return `the predicted loss is least at ${ratio}, the end of the ratios that are searched: the law does not say where the best amplitude lies as it ${side}`;
  }
  if (kneeTokens({ a: a * ratio, b, cap }, batchSeqs) < stableTokens) return null;
  return `at ${ratio} the cap binds until the decay begins: the best schedule is WSD at the cap, and its amplitude tells nothing`;
}
