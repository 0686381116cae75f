export type { PowerAdvice, WsdAdvice } from "./advice";
export { type ClassRate, classRates } from "./class-rates";
export { type ExportedFile, type ExportFormat, exportFormats, exportRecommendation } from "./export";
export { type Outcome, outcomeOf } from "./outcome";
export { learningRateFunction } from "./python";
export { type Recommendation, recommend } from "./recommend";
export { type RecommendationTarget, type RecommendationTargetInput, recommendationTargetSchema } from "./target";
export { parseTargetQuery, targetDistance } from "./target-query";
export { EXTRAPOLATION_LIMIT, type RecommendationWarning, type TransferSummary } from "./warnings";
