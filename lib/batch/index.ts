export { CRITICAL_OVERHEAD, criticalBatch, type StepsPoint } from "./critical";
export {
  type BatchLaw,
  type BatchUnit,
  type BestBatchAt,
  bestBatchAt,
  type CellBatch,
  fitBatch,
  isBatchLaw,
  type NoBatchLaw,
} from "./optimal";
export { stepsToLoss } from "./steps-to-loss";
