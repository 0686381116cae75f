export { listImports } from "./list";
export { runImport, runImportInput } from "./run";
export { previewUndo, undoImport, undoImportInput } from "./undo";
