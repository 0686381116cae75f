export { minMaxBuckets } from "./buckets";
export { firstQuartile, robustRange } from "./range";
export { smooth } from "./smooth";
