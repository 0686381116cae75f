// For other verbs: nothing here asks whether the caller may.
export { forgetVerifiedKeys } from "./verify";
