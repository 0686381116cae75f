import { type Schedule, scheduleSchema } from "../lib/schedule";
import { predictLoss, type ScheduleLaw, scheduleAt, stepsOf } from "../lib/schedule-law";

/** A schedule law of rates near 0.004, in steps of 512 tokens. */
export const PLANTED: ScheduleLaw = { L0: 2, A: 2.4, alpha: 0.5, B: 60, C: 1.5, beta: 0.6, gamma: 0.5 };

export const LENGTH = { batchSeqs: 8, seqLen: 64 };
const STEP_TOKENS = 512;

/** A run that obeys the planted law: what it is created with, and its curve. */
export type PlantedRun = {
  name: string;
  config: { schedule: Schedule };
  dimensions: Record<string, string | number>;
  steps: number[];
  losses: number[];
};

export function plantedRun(name: string, steps: number, part: Partial<Schedule>, width = 32): PlantedRun {
  const schedule = scheduleSchema.parse({ kind: "wsd", peakLr: 0.004, warmupTokens: 100 * STEP_TOKENS, ...part });
  const run = { ...LENGTH, tokens: steps * STEP_TOKENS };
  const all = Array.from({ length: stepsOf(run) }, (_, i) => i);
  const { peakLr } = schedule;
  const logged = all.slice(1);
  return {
    name,
    config: { schedule },
    dimensions: {
      ...run,
      peakLr,
      width,
      depth: 2,
      architecture: "dense",
      parametrization: "mup",
      schedule: schedule.kind,
    },
    steps: logged,
    losses: predictLoss(PLANTED, scheduleAt(schedule, run, all), logged),
  };
}

/** Five schedules of one model, which tell all coefficients. */
export const plantedRuns = (): PlantedRun[] => [
  plantedRun("wsd 1500", 1_500, {}),
  plantedRun("wsd 3000", 3_000, { decayFraction: 0.2, decayShape: "linear" }),
  plantedRun("cosine 2000", 2_000, { kind: "cosine", finalLrFraction: 0.1 }),
  plantedRun("constant 2000", 2_000, { kind: "constant" }),
  plantedRun("wsd 2000, lower", 2_000, { peakLr: 0.002 }),
];
