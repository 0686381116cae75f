export { beginImport, beginImportInput, importHistory, knownSources } from "./histories";
export { importedHistorySchema } from "./history-schema";
export { listImports } from "./list";
export { deletePattern, listPatterns, savePattern, savePatternInput } from "./patterns";
export { runImport, runImportInput } from "./run";
export { previewUndo, undoImport, undoImportInput } from "./undo";
