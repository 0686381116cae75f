import { kneeTokens, learningRate, type Schedule } from "../schedule";
import type { RateSchedule } from "./schedule";

/** The length and the step of a run: tokens in all, sequences a step, tokens a sequence. */
export type RunLength = { tokens: number; batchSeqs: number; seqLen: number };

/**
 * Points that a schedule is thinned to. Losses are within 1e-5, relative, of those of every step (`compare.test.ts`),
 * and a run of a million steps costs what one of a thousand does.
 */
const MOST_POINTS = 2_000;

/** Steps are counted from 0, that which starts without a token trained. */
export function stepsOf({ tokens, batchSeqs, seqLen }: RunLength): number {
  return Math.ceil(tokens / (batchSeqs * seqLen));
}

/** The rates of a run's steps, of at most `most` of them: all corners, and more where the rate bends. */
export function runSchedule(schedule: Schedule, run: RunLength, most = MOST_POINTS): RateSchedule {
  const steps = stepsOf(run);
  const warmupSteps = Math.min(steps - 1, Math.ceil(schedule.warmupTokens / (run.batchSeqs * run.seqLen)));
  return scheduleAt(schedule, run, chosenSteps(schedule, run, { steps, warmupSteps }, most));
}

/** The rates of some steps of a run, ascending. */
export function scheduleAt(schedule: Schedule, run: RunLength, steps: readonly number[]): RateSchedule {
  const stepTokens = run.batchSeqs * run.seqLen;
  const of = { batchSeqs: run.batchSeqs, totalTokens: run.tokens };
  return {
    warmupSteps: Math.ceil(schedule.warmupTokens / stepTokens),
    steps,
    rates: steps.map((step) => learningRate(schedule, of, step * stepTokens)),
  };
}

type Size = { steps: number; warmupSteps: number };

function chosenSteps(schedule: Schedule, run: RunLength, { steps, warmupSteps }: Size, most: number): number[] {
  if (steps <= most) return Array.from({ length: steps }, (_, i) => i);
  const last = steps - 1;
  const decays = schedule.kind === "wsd" || schedule.kind === "power";
  const decay = decays ? Math.min(last, Math.ceil(steps * (1 - schedule.decayFraction))) : warmupSteps;
  const chosen = new Set([0, warmupSteps, Math.max(0, decay - 1), decay, last]);
  const half = Math.floor(most / 2) - 5;
  const add = (step: number) => chosen.add(Math.max(0, Math.min(last, Math.round(step))));
  for (let i = 1; i < half; i++) add(decay + (last - decay) * eased(i / half));
  if (schedule.kind === "power") {
    const { a, b, peakLr: cap } = schedule;
    const knee = Math.ceil(kneeTokens({ a, b, cap }, run.batchSeqs) / (run.batchSeqs * run.seqLen));
    const from = Math.max(1, warmupSteps, Math.min(knee, decay));
    for (const step of [from - 1, from]) add(step);
    const octaves = Math.log(Math.max(1, decay) / from);
    for (let i = 1; i < half; i++) add(from * Math.exp((octaves * i) / half));
  }
  return [...chosen].sort((p, q) => p - q);
}

/** Finer at both ends, where decays are steepest. */
function eased(x: number): number {
  return x * x * (3 - 2 * x);
}
