export { moeSpace, parametrizationSpace } from "./additions";
export {
  type ChosenPreset,
  choosePreset,
  estimateSeconds,
  PRESETS,
  PROXY_27K,
  PROXY_94K,
  type PresetName,
  speedAt,
} from "./presets";
export {
  costTokens,
  InvalidConfigError,
  middleOut,
  type SearchSpace,
  type SearchSpaceInput,
  type SweepJob,
  searchSpaceSchema,
  sweepJobs,
} from "./search-space";
