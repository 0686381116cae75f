export { listDeletions } from "./list";
export { deleteRun, deletionInput, previewDeletion, startDeletion, startDeletionInput } from "./start";
export { deleteNext, startDeleter } from "./work";
