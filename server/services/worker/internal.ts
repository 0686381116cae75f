// For other verbs: nothing here asks whether the caller may.
export { touchWorker } from "./touch";
