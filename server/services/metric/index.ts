export type { ColumnarBatch } from "@/server/store";
export { appendMetrics } from "./append";
export { exportCsv, exportParquet } from "./export";
export { columnsOf, readBatch } from "./read-batch";
export { listRewinds, readBuckets, readRewound, readSeries } from "./series";
