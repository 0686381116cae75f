export { importedRun, importTable } from "./import";
