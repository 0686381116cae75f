import type { RateSchedule } from "./schedule";

/** A curve of the loss with its own schedule: `losses[i]` is that of step `schedule.steps[i]`. */
export type LossCurve = { name: string; schedule: RateSchedule; losses: readonly number[] };

/** The points that the law says something of: those after the warmup, once there was a rate to learn by. */
export function lossPoints({ schedule, losses }: LossCurve): { steps: number[]; losses: number[] } {
  const { steps, rates, warmupSteps } = schedule;
  const begun = rates.findIndex((rate) => rate > 0);
  const kept = begun < 0 ? [] : steps.flatMap((step, i) => (step >= warmupSteps && i >= begun ? [i] : []));
  return { steps: kept.map((i) => steps[i]!), losses: kept.map((i) => losses[i]!) };
}
