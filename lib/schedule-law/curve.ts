import type { RateSchedule } from "./schedule";

/** A curve of the loss with its own schedule: `losses[i]` is that of step `schedule.steps[i]`. */
export type LossCurve = { name: string; schedule: RateSchedule; losses: readonly number[] };

/** The points that the law says something of: those after the warmup. */
export function lossPoints({ schedule, losses }: LossCurve): { steps: number[]; losses: number[] } {
  const kept = schedule.steps.flatMap((step, i) => (step >= schedule.warmupSteps ? [i] : []));
  return { steps: kept.map((i) => schedule.steps[i]!), losses: kept.map((i) => losses[i]!) };
}
