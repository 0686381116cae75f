// For other verbs: nothing here asks whether the caller may.
export { type Bucket, fullBucket, take } from "./bucket";
export { endKeysOf } from "./end";
export { forgetVerifiedKeys } from "./verify";
