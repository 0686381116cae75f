import { type LossCurve, lossPoints } from "./curve";

/** Why curves do not determine a law of schedules. */
export type NotIdentifiable = { reason: "too-few-points" | "no-decay" | "one-rate"; message: string };

/** Seven coefficients need more points than that, and each curve three to be one. */
const LEAST_POINTS = 14;
const LEAST_OF_CURVE = 3;
/** Rates count as others where they differ by this part. */
const OTHER_RATE = 0.05;

/** What the curves cannot tell; null where they tell all coefficients. */
export function notIdentifiable(curves: readonly LossCurve[]): NotIdentifiable | null {
  const points = curves.map(lossPoints);
  const total = points.reduce((sum, { steps }) => sum + steps.length, 0);
  const short = curves.find((_, i) => points[i]!.steps.length < LEAST_OF_CURVE);
  if (short) {
    return {
      reason: "too-few-points",
      message: `Curve ${short.name} has ${points[curves.indexOf(short)]!.steps.length} points after its warmup of ${short.schedule.warmupSteps} steps, and at least ${LEAST_OF_CURVE} are needed. Leave it out, or give fewer warmup steps if they are wrong.`,
    };
  }
  if (total < LEAST_POINTS) {
    return {
      reason: "too-few-points",
      message: `The law has 7 coefficients and the curves have ${total} points after their warmup; at least ${LEAST_POINTS} are needed. Add curves.`,
    };
  }
  return unseenDecay(curves);
}

/** B, C, beta and gamma are told by points after the rate has fallen, gamma by falls to different rates. */
function unseenDecay(curves: readonly LossCurve[]): NotIdentifiable | null {
  const fallen = curves.flatMap(({ schedule }) => {
    const rates = schedule.rates.filter((_, i) => schedule.steps[i]! >= schedule.warmupSteps);
    return rates.filter((rate, i) => Math.abs(rate / Math.max(...rates.slice(0, i + 1)) - 1) > OTHER_RATE);
  });
  if (fallen.length < LEAST_OF_CURVE) {
    return {
      reason: "no-decay",
      message:
        "The learning rate falls in none of the curves to fit, so B, C, beta and gamma cannot be determined. Add a curve whose rate decays.",
    };
  }
  if (Math.max(...fallen) <= (1 + OTHER_RATE) * Math.min(...fallen)) {
    return {
      reason: "one-rate",
      message: `In the curves to fit the learning rate falls to one value only (${fallen[0]}), so gamma cannot be told from C. Add a curve that falls to another rate, or by and by.`,
    };
  }
  return null;
}
