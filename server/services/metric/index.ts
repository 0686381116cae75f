export { appendMetrics, columnsOf, readBatch } from "./append";
export type { ColumnarBatch } from "./columns";
export { compactRun } from "./compact";
export { foldLedger, startCompactor } from "./compactor";
export { convertPoints } from "./convert";
export { readHidden, readPoints } from "./read";
export { readBuckets, readSeries } from "./series";
export { readSummaries } from "./summaries";
