export { listImports } from "./history";
export { importTable, importTableInput } from "./import";
export { previewUndo, undoImport, undoImportInput } from "./undo";
