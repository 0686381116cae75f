export {
  type CurveDims,
  type CurveSettings,
  curvesOf,
  groupBy,
  hasResult,
  lossOf,
  scheduleFamily,
  sizeKeyOf,
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
export { type LabTable, type RunColumns, readLabTable, runPointsOf } from "./run-columns";
export {
  lossLabel,
  type ParamDefinition,
  paramDefinitions,
  type RunPoint,
  scheduleLabel,
  TRAINER_LOSS,
} from "./run-point";
