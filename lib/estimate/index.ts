export {
  type CurveDims,
  type CurveSettings,
  curvesOf,
  groupBy,
  hasResult,
  type LossChoice,
  lossChoices,
  lossOf,
} from "./curves";
export { nextLearningRates, topBatches } from "./next";
export {
  type Estimator,
  estimators,
  NEAR_OPTIMAL,
  type Optimum,
  optimumOf,
} from "./optimum";
export { interpolate } from "./parabola";
