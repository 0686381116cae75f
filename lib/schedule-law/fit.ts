import { changesOf } from "./changes";
import { type LossCurve, lossPoints } from "./curve";
import { type NotIdentifiable, notIdentifiable } from "./identifiable";
import type { ScheduleLaw } from "./law";
import { COEFFICIENTS, lawOf } from "./problem";
import { largestOf } from "./schedule";
import { type CurveScores, scoreOf } from "./score";
import { searchLaw } from "./search";

/**
 * `shared` is the variance of ln L that residuals of the best law share, which the pull of the anchor is proportional
 * to; 0 where the curves follow the law but for noise. `objective` is the sum of Huber losses of ln L and the anchor's.
 * `atBounds` names coefficients that the search would have taken further.
 */
export type ScheduleFit = {
  kind: "schedule";
  law: ScheduleLaw;
  fit: CurveScores;
  objective: number;
  shared: number;
  atBounds: (keyof ScheduleLaw)[];
};

/**
 * Fits the multi-power law (arXiv 2503.12811) to curves with their own schedules, by Huber's loss of ln L with delta
 * 1e-3. The same curves give the same bits. Points within the warmup only tell the schedule. `anchor` false draws the
 * coefficients nowhere.
 */
export function fitScheduleLaw(
  curves: readonly LossCurve[],
  { anchor = true }: { anchor?: boolean } = {},
): ScheduleFit | NotIdentifiable {
  const problem = notIdentifiable(curves);
  if (problem) return problem;
  const whole = curves.map((curve) => {
    const { steps, losses } = lossPoints(curve);
    return { changes: changesOf(curve.schedule, steps), lnLosses: Float64Array.from(losses, Math.log) };
  });
  const { x, objective, shared, bounds } = searchLaw(
    whole,
    largestOf(curves.map((c) => largestOf(c.schedule.rates))),
    anchor,
  );
  const law = lawOf(x);
  return {
    kind: "schedule",
    law,
    fit: scoreOf(law, curves),
    objective,
    shared,
    atBounds: COEFFICIENTS.filter((_, i) => x[i]! <= bounds[i]![0] || x[i]! >= bounds[i]![1]),
  };
}
