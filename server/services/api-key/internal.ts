// For other verbs: nothing here asks whether the caller may.
export { endKeysOf } from "./end";
export { forgetVerifiedKeys } from "./verify";
