// For other verbs: nothing here asks whether the caller may.
export { resolveProject } from "./get";
export { dropEmptyProject, resolveOrMakeProject } from "./make";
