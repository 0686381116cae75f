export { createProject, createProjectInput } from "./create";
export { getProject, resolveProject } from "./get";
export { listProjectNames, listProjects } from "./list";
export { dropEmptyProject, resolveOrMakeProject } from "./make";
export { updateProject, updateProjectInput } from "./update";
