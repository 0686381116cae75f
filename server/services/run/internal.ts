// For other verbs: nothing here asks whether the caller may.
export { crashSilentRuns } from "./silent";
export { selected } from "./which";
