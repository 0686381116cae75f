export { compactRun, lockChunks } from "./compact/compact";
export { foldLedger, startCompactor } from "./compact/compactor";
export { checkStore } from "./compact/repair";
export { deletePoints, vacuumPoints } from "./delete";
export { bucketsOf, type SeriesQuery } from "./read/buckets";
export {
  beyondBound,
  countPoints,
  type ListedStats,
  lastArrival,
  listedStats,
  type MetricOrder,
  metricOrder,
  metricValue,
} from "./read/lists";
export { metricNames, metricsOf } from "./read/names";
export { readPoints } from "./read/points";
export { hiddenSeries, type Rewind, rewindsOf } from "./read/rewinds";
export { type Series, seriesOf } from "./read/series";
export { everyPoint } from "./read/stretches";
export { nextStepOf, readSummaries } from "./read/summaries";
export { type ColumnarBatch, storeBatch } from "./write/batch";
export { convertPoints } from "./write/convert";
export { forgetNames } from "./write/names";
