/**
 * Etalon's science as a library: pure functions over plain data, deterministic, without IO. Refusals are values with a
 * reason. Logarithms are natural, losses as measured, batches in sequences, tokens and parameters as counts. Sub-paths
 * (`etalon/fit`, `etalon/transfer` ...) have the rest of each part.
 */
export { bestBatchAt, criticalBatch, fitBatch, isBatchLaw, stepsToLoss } from "./batch";
export { curvesOf, optimaOf, optimumOf } from "./estimate";
export {
  ancova,
  compareForms,
  type FitResult,
  type FitSettings,
  type FitSettingsInput,
  fitLaw,
  fitOptima,
  fitSettingsSchema,
  fitSurface,
  type LawPoint,
  type LrFit,
  namedLaw,
  predictLr,
  rowsFromOptima,
} from "./fit";
export { pointsOfTable, readTable } from "./import";
export { proposeRuns } from "./propose";
export { publishedLaws, publishedRegret } from "./published-laws";
export { type RecommendationTargetInput, recommend, recommendationTargetSchema } from "./recommend";
export type { RunPoint } from "./run";
export { learningRate, type Schedule, scheduleSchema } from "./schedule";
export { compareSchedules, fitScheduleLaw, measuredAmplitude, predictLoss } from "./schedule-law";
export { transferReport } from "./transfer";
export { fitTimescale, predictWeightDecay, timescaleOf } from "./weight-decay";
