export { type Ancova, ancova, EQUIVALENT } from "./ancova";
export { bootstrapBand } from "./band";
export type { LawBend } from "./bend";
export { compareForms, type FormComparison } from "./compare";

export { type FitResult, type FitSketch, fitLaw, judgeLaw, sketchLaw } from "./fit-law";
export { type LawPoint, lrForms } from "./forms";

export { fitOptima, type NamedLaw, namedLaw, type OptimumRow, rowsFromOptima } from "./from-optima";
export { leastSquares } from "./linear";
export { fitLoss, type LossFit, predictLoss } from "./loss-fit";
export {
  batchUnit,
  computeOf,
  curvesBehind,
  formOf,
  knowsSize,
  type LrFit,
  type LrPrediction,
  powerLawAt,
  predictBatchTokens,
  predictLr,
  type Range,
  takesBestBatch,
  tokensPerParamOf,
} from "./lr-fit";
export { changedSince } from "./method";
export { nelderMead } from "./nelder-mead";
export { mulberry32 } from "./random";
export { type Regression, rms } from "./regression";
export { type FitRow, type FittedOptimum, rowsOf, selectOptima } from "./rows";
export type { FTest } from "./saturation";
export {
  type FitSettings,
  type FitSettingsInput,
  type Form,
  fitSettingsSchema,
  forms,
  type LrForm,
  runsFor,
} from "./settings";
export { changesSince } from "./since";
export { type AxisPoint, fitStationary, type Stationary, type StationaryPoint } from "./stationary";
export { isSameLaw, readFitResult, settingsToday } from "./stored";
export { type ExpectedRegret, expectedRegret, fitSurface, plateauOfShape, type SurfaceFit, shapeFor } from "./surface";
export { type UnfinishedCurve, unfinishedCurves } from "./unfinished";
