export { beginImport, beginImportInput, importHistory, knownSources } from "./histories";
export { importedHistorySchema } from "./history-schema";
export { listImports } from "./list";
export { runImport, runImportInput } from "./run";
export { previewUndo, undoImport, undoImportInput } from "./undo";
