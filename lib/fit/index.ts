export { bootstrapBand } from "./band";
export { compareForms, type FormComparison } from "./compare";
export { criticalBatch, type StepsPoint } from "./critical-batch";
export { type FitResult, type FitSketch, fitLaw, judgeLaw, sketchLaw } from "./fit-law";
export { type FormDefinition, type LawPoint, lrForms } from "./forms";
export { type Hypothesis, testHypotheses } from "./hypotheses";
export { inputHash } from "./input-hash";
export { conditionNumber, huberRegression, type LinearFit, leastSquares } from "./linear";
export { fitLoss, type LossFit, type LossLaw, type LossRow, predictLoss, predictLossAt } from "./loss-fit";
export {
  batchUnit,
  curvesBehind,
  fitLr,
  type LrFit,
  type LrPrediction,
  type NotIdentifiable,
  powerLawAt,
  predictBatchTokens,
  predictLr,
  type Range,
  takesBestBatch,
} from "./lr-fit";
export { publishedLaws } from "./published-laws";
export { mulberry32, percentileInterval, resampleIndices } from "./random";
export { type Coefficient, type LeaveOut, type Regression, type RegressionRow, rms } from "./regression";
export { type FitRow, type FittedOptimum, rowsOf, selectOptima } from "./rows";
export {
  type FitSettings,
  type FitSettingsInput,
  type Form,
  fitSettingsSchema,
  forms,
  type LrForm,
  runsFor,
  topBatchesOf,
} from "./settings";
export type { FitWarning } from "./warnings";
