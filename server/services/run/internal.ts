// For other verbs: nothing here asks whether the caller may.
export { DIMENSION_COLUMNS, HAS_RESULT, POINT_COLUMNS, STORED_DIMENSIONS } from "./columns";
export { crashSilentRuns, tellStalledRuns } from "./silent";
export { selected } from "./which";
