import { type Bend, type Curvature, surfaceEstimates } from "./common-curvature";
import type { Curve } from "./curves";
import { type Estimator, type Optimum, optimumOf } from "./optimum";

/**
 * The optimum of every curve by one estimator; of `surface`, `curvature` says what the curves share, and `bend` what it
 * was found to be.
 */
export function optimaOf(
  curves: readonly Curve[],
  estimator: Estimator,
  curvature: Curvature = "common",
): { optima: Optimum[]; bend: Bend | null } {
  if (estimator !== "surface") return { optima: curves.map((curve) => optimumOf(curve, estimator)), bend: null };
  const { bend, estimates } = surfaceEstimates(curves, curvature);
  const optima = curves.map((curve, i) => {
    const optimum = optimumOf(curve, "ew");
    optimum.estimate = estimates[i]!;
    return optimum;
  });
  return { optima, bend };
}
