import { square } from "../portable";
import { type LossCurve, lossPoints } from "./curve";
import { predictLoss, type ScheduleLaw } from "./law";

/**
 * Errors of predicted losses, in the unit of the loss, at `n` points; `r2`, a fraction, is null where all losses are
 * equal, `worstRelative` the largest |error| / loss.
 */
export type Score = { n: number; rmse: number; r2: number | null; mae: number; worstRelative: number };

/** Of all points of some curves together, and of each curve. */
export type CurveScores = Score & { curves: (Score & { name: string })[] };

/** Errors of a law over all points of some curves together, those of warmups left out, and of each curve. */
export function scoreOf(law: ScheduleLaw, curves: readonly LossCurve[]): CurveScores {
  const parts = curves.map((curve) => {
    const { steps, losses } = lossPoints(curve);
    return { name: curve.name, losses, predicted: predictLoss(law, curve.schedule, steps) };
  });
  const all = errorsOf(
    parts.flatMap((p) => p.losses),
    parts.flatMap((p) => p.predicted),
  );
  return { ...all, curves: parts.map((p) => ({ name: p.name, ...errorsOf(p.losses, p.predicted) })) };
}

function errorsOf(losses: readonly number[], predicted: readonly number[]): Score {
  const n = losses.length;
  const errors = losses.map((loss, i) => loss - predicted[i]!);
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / n;
  const total = losses.reduce((sum, loss) => sum + square(loss - mean), 0);
  const squares = errors.reduce((sum, e) => sum + square(e), 0);
  return {
    n,
    rmse: Math.sqrt(squares / n),
    r2: total > 0 ? 1 - squares / total : null,
    mae: errors.reduce((sum, e) => sum + Math.abs(e), 0) / n,
    worstRelative: errors.reduce((most, e, i) => Math.max(most, Math.abs(e) / losses[i]!), 0),
  };
}
