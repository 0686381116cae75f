export { timescaleOf } from "../weight-decay";
export type { FormAdvice, WsdAdvice } from "./advice";
export { amplitudeSaid, beyondSaid } from "./amplitude";
export type { BatchAdvice, NoBatchAdvice } from "./batch-advice";
export { classRates } from "./class-rates";
export {
  bandOf,
  type DistanceBand,
  FAR_LIMIT,
  farthest,
  type TargetDistance,
} from "./distance";
export {
  type ExportedFile,
  type ExportFormat,
  exportFormats,
  exportRecommendation,
  type RefusedExport,
} from "./export";
export { adviceOfForms, spreadOf } from "./forms";
export { lawRecipe } from "./law-recipe";
export { type Outcome, type OutcomeRun, outcomeOf, rateOutsidePlateau, wsdCurveLike } from "./outcome";
export type { LawPicture } from "./picture";
export { learningRateFunction } from "./python";
export { type Recommendation, recommend } from "./recommend";
export {
  isSameTarget,
  type RecommendationTarget,
  type RecommendationTargetInput,
  recommendationTargetSchema,
} from "./target";
export { parseTargetQuery, targetDistance } from "./target-query";
export type { TransferSummary } from "./warnings";
export type { NoWeightDecayAdvice, WeightDecayAdvice } from "./weight-decay-advice";
