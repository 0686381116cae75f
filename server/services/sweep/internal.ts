// For other verbs: nothing here asks whether the caller may.
export { closeSweepIfDone, lockJobsOfRuns, lockSweepOf } from "./close";
export { expandWaitingSweeps } from "./expand";
