export { importTable, importTableInput } from "./import";
