// For other verbs: nothing here asks whether the caller may.
export { resolveProject } from "./get";
export { hiddenFrom, MEMBER_SEES } from "./hidden-from";
export { inReach } from "./in-reach";
export { dropEmptyProject, resolveOrMakeProject } from "./make";
