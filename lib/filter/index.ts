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
  RUN_FIELDS,
  type RunField,
} from "./keys";
export { FilterError, parseFilter } from "./parse";
