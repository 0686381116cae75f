export { type Bend, curvatures, errorAt, type Shape } from "./common-curvature";
export { type CurveDims, type CurveSettings, curvesOf, SAME_TOKENS } from "./curves";
export { groupBy, hasResult, type LossChoice, lossChoices, lossOf } from "./lr-points";
export { nextLearningRates, topBatches } from "./next";
export { optimaOf } from "./optima";
export {
  cellOfSeeds,
  type Estimator,
  estimators,
  NEAR_OPTIMAL,
  type Optimum,
  optimumOf,
  type Reading,
} from "./optimum";
export { interpolate, WEIGHT_SCALE } from "./parabola";
