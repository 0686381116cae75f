// For other verbs: nothing here asks whether the caller may.
export { forgetCheckpoints, forgetEndedCheckpoints } from "./forget";
