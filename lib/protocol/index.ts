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
export {
  batchTokens,
  canShareTrunk,
  configErrors,
  type RunConfig,
  type RunConfigInput,
  runConfigSchema,
} from "./run-config";
export { type TrainerConfig, type TrainerPaths, trainerConfig, trunkKey } from "./trainer-config";
export {
  encodeReal,
  type ParsedLine,
  parseTrainerLine,
  type TrainerEvent,
  type TrainerEventOf,
  trainerEventSchema,
} from "./trainer-events";
