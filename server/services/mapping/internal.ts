// For other verbs: nothing here asks whether the caller may.
export { recipeHash } from "./apply";
export { storedMapping, storedRules } from "./get";
export { writeMapped } from "./on-arrival";
