export type { Health, Part, Restart } from "./health";
export {
  createRunSchema,
  dimensionsSchema,
  type FinishRun,
  finishRunSchema,
  LIMITS,
  logLinesSchema,
  type MetricBatch,
  type MetricSeries,
  metricBatchSchema,
  realSchema,
  updateRunSchema,
} from "./ingest";
export { type LossTaking, lossTakings } from "./loss-taking";
export {
  architectureOf,
  flopsPerToken,
  type Model,
  modelSchema,
  type ParamCounts,
  type Parametrization,
  paramCounts,
  parametrizationSchema,
} from "./model";
export { exportPointsSchema, seriesRequestSchema } from "./read";
export {
  batchTokens,
  canShareTrunk,
  configErrors,
  type RunConfig,
  type RunConfigInput,
  runConfigSchema,
} from "./run-config";
export { badCharacter, findBadText } from "./text";
export { type TrainerConfig, type TrainerPaths, trainerConfig, trunkKey } from "./trainer-config";
export {
  encodeReal,
  type ParsedLine,
  parseTrainerLine,
  type TrainerEvent,
  type TrainerEventOf,
  trainerEventSchema,
} from "./trainer-events";
export {
  failJobSchema,
  heartbeatAnswerSchema,
  LEASE_SECONDS,
  type LeasedJob,
  leaseAnswerSchema,
  leasedJobSchema,
  leaseIdSchema,
  type RegisterWorker,
  registerWorkerSchema,
} from "./work";
