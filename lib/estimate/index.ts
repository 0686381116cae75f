export {
  type Curve,
  type CurveDims,
  type CurveSettings,
  curvesOf,
  groupBy,
  hasResult,
  type LossMetric,
  type LrPoint,
  lossOf,
  scheduleFamily,
  sizeKeyOf,
} from "./curves";
export { nextLearningRates, topBatches } from "./next";
export {
  type Estimate,
  type Estimator,
  estimators,
  NEAR_OPTIMAL,
  type Optimum,
  type OptimumStatus,
  optimumOf,
  optimumStatuses,
} from "./optimum";
export { exactParabola, interpolate, plateauOf, weightedParabola } from "./parabola";
export { type LabTable, type RunColumns, readLabTable, runPointsOf } from "./run-columns";
export {
  type LossSource,
  lossLabel,
  type ParamDefinition,
  paramDefinitions,
  type RunPoint,
  runPointOf,
  scheduleLabel,
  TRAINER_LOSS,
} from "./run-point";
