// For other verbs: nothing here asks whether the caller may.
export { notifyWatchers } from "./notify";
