export { changeAccess, changeAccessInput, projectAccess } from "./access";
export { createProject, createProjectInput } from "./create";
export { getProject } from "./get";
export { listProjectNames, listProjects } from "./list";
export { updateProject, updateProjectInput } from "./update";
