export { moeSpace, parametrizationSpace } from "./additions";
export { missingRuns } from "./missing-runs";
export {
  choosePreset,
  estimateSeconds,
  PRESETS,
  PROXY_27K,
  PROXY_94K,
  speedAt,
} from "./presets";
export {
  costTokens,
  InvalidConfigError,
  middleOut,
  type SearchSpace,
  type SweepJob,
  searchSpaceSchema,
  sweepJobs,
} from "./search-space";
