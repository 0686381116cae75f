export {
  BUCKET_COLUMNS,
  type Buckets,
  bucketise,
  bucketiser,
  lowerBound,
  type Scale,
  whole,
} from "./buckets";
export { groupBand } from "./group-band";
export {
  type Arrival,
  type Axis,
  applyArrivals,
  ascending,
  concat,
  earliest,
  merged,
  NO_POINTS,
  type Points,
  slice,
  upperBound,
} from "./points";
export { firstQuartile, robustRange } from "./range";
export { type Smoothing, smooth } from "./smooth";
export { EMPTY_SUMMARY, joined, type Summary, summarise } from "./summary";
export { decodeSeries, encodeSeries, type PendingAnswer, SERIES_TYPE, type SeriesAnswer, seriesJson } from "./wire";
