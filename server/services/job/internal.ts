// For other verbs: nothing here asks whether the caller may.
export { endJobOfRun, endJobsIfDone, OPEN_RUNS } from "./end";
export { requireLease } from "./require-lease";
