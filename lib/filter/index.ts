export { completed, knownChoices, matching, type Place, placeAt } from "./complete";
export {
  type Comparison,
  canonicalKey,
  type Filter,
  fieldCalled,
  type Key,
  keyText,
  METRIC_STATS,
  type MetricStat,
  parseKey,
  quoted,
  RUN_FIELDS,
  type RunField,
} from "./keys";
export { pointFilter, pointKeys, pointValues, SAME_FRACTION } from "./matches";
export { FilterError, parseFilter } from "./parse";
