// For other verbs: nothing here asks whether the caller may.
export { storedMapping } from "./get";
export { writeMapped } from "./on-arrival";
