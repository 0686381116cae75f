export { listDeletions } from "./list";
export { deleteRun, deletionInput, previewDeletion, startDeletion } from "./start";
export { deleteNext, startDeleter } from "./work";
