import type { RateSchedule } from "./schedule";

/**
 * A curve of the loss with its own schedule: `losses[i]` is that of step `lossSteps[i]`, ascending; left out, of step
 * `schedule.steps[i]`.
 */
export type LossCurve = {
  name: string;
  schedule: RateSchedule;
  losses: readonly number[];
  lossSteps?: readonly number[];
};

/** The points that the law says something of: those after the warmup, once there was a rate to learn by. */
export function lossPoints({ schedule, losses, lossSteps }: LossCurve): { steps: number[]; losses: number[] } {
  const { steps, rates, warmupSteps } = schedule;
  const begun = steps[rates.findIndex((rate) => rate > 0)] ?? Infinity;
  const of = lossSteps ?? steps;
  const kept = of.flatMap((step, i) => (step >= warmupSteps && step >= begun ? [i] : []));
  return { steps: kept.map((i) => of[i]!), losses: kept.map((i) => losses[i]!) };
}
