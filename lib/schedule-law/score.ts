import { square } from "../portable";

/** Errors of predicted losses; `r2` is null where all losses are equal, `worstRelative` the largest |error| / loss. */
export type Score = { n: number; rmse: number; r2: number | null; mae: number; worstRelative: number };

export function scoreOf(losses: readonly number[], predicted: readonly number[]): Score {
  const n = losses.length;
  const errors = losses.map((loss, i) => loss - predicted[i]!);
  const squares = errors.reduce((sum, e) => sum + square(e), 0);
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / n;
  const total = losses.reduce((sum, loss) => sum + square(loss - mean), 0);
  return {
    n,
    rmse: Math.sqrt(squares / n),
    r2: total > 0 ? 1 - squares / total : null,
    mae: errors.reduce((sum, e) => sum + Math.abs(e), 0) / n,
    worstRelative: errors.reduce((most, e, i) => Math.max(most, Math.abs(e) / losses[i]!), 0),
  };
}
