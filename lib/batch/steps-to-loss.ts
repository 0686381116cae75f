/**
 * Steps that a run needed to reach a loss, between two of its points by a straight line; null where it never did.
 * `points` are (step, loss) in order; a loss that is no number reaches nothing.
 */
export function stepsToLoss(points: readonly { step: number; value: number }[], target: number): number | null {
  let before: { step: number; value: number } | null = null;
  for (const point of points) {
    if (!Number.isFinite(point.value)) continue;
    if (point.value <= target) {
      if (before === null) return point.step;
      const share = (before.value - target) / (before.value - point.value);
      return before.step + share * (point.step - before.step);
    }
    before = point;
  }
  return null;
}
