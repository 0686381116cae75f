// For other verbs: nothing here asks whether the caller may.
export { sendTest } from "./send";
