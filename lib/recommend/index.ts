export type { PowerAdvice, WsdAdvice } from "./advice";
export { type ClassRate, classRates } from "./class-rates";
export { type ExportedFile, type ExportFormat, exportFormats, exportRecommendation } from "./export";
export { learningRateFunction } from "./python";
export { type Recommendation, recommend } from "./recommend";
export { type RecommendationTarget, type RecommendationTargetInput, recommendationTargetSchema } from "./target";
export { EXTRAPOLATION_LIMIT, type RecommendationWarning, type TransferSummary } from "./warnings";
