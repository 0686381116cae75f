export { appendMetrics } from "./append";
export { readSeries } from "./series";
