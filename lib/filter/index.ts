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
export { pointFilter, SAME_FRACTION } from "./matches";
export { FilterError, parseFilter } from "./parse";
