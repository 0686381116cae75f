// For other verbs: nothing here asks whether the caller may.
export { HAS_RESULT, POINT_COLUMNS, STORED_DIMENSIONS } from "./columns";
export { crashSilentRuns } from "./silent";
export { selected } from "./which";
