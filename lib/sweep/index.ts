export { moeSpace, parametrizationSpace } from "./additions";
export { absentRuns, missingRuns } from "./missing-runs";
export {
  choosePreset,
  estimateSeconds,
  PRESETS,
  PROXY_27K,
  PROXY_94K,
  PROXY_365K,
  PROXY_SCHEDULE,
  speedAt,
} from "./presets";
export { scaledModel } from "./scaled-model";
export {
  configIn,
  costTokens,
  DEFAULT_DECAY,
  InvalidConfigError,
  jobsOf,
  middleOut,
  type Place,
  type SearchSpace,
  type SweepJob,
  searchSpaceSchema,
  sweepJobs,
} from "./search-space";
