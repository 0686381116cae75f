export type { Health, Part, Restart } from "./health";
export {
  alertSchema,
  createRunSchema,
  type FinishRun,
  finishRunSchema,
  LIMITS,
  logLinesSchema,
  type MetricBatch,
  metricBatchSchema,
  realSchema,
  updateRunSchema,
} from "./ingest";
export type { LiveEvent } from "./live";
export { type BatchAxis, type EncodedBatch, encodeBatch, METRICS_TYPE } from "./metrics-body";
export { modelSchema } from "./model";
export { architectureOf, flopsPerToken, paramCounts } from "./model-size";
export { exportPointsSchema, seriesRequestSchema } from "./read";
export {
  batchTokens,
  configErrors,
  type RunConfig,
  type RunConfigInput,
  runConfigSchema,
} from "./run-config";
export { findBadText, oneLine } from "./text";
export { trainerConfig, trunkKey } from "./trainer-config";
export {
  encodeReal,
  parseTrainerLine,
  type TrainerEvent,
  type TrainerEventOf,
} from "./trainer-events";
export {
  failJobSchema,
  heartbeatAnswerSchema,
  LEASE_SECONDS,
  type LeasedJob,
  leaseAnswerSchema,
  leaseIdSchema,
  type RegisterWorker,
  registerWorkerSchema,
} from "./work";
