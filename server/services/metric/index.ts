export { appendMetrics } from "./append";
export { readSeries, type Series } from "./series";
