export { type DecimalSign, withDecimalSign } from "./decimal";
export { parseFilter } from "./filter";
export { foreignFile } from "./foreign";
export { type ImportedRun, importedRunSchema, importedRuns } from "./imported-run";
export { readJsonLines } from "./json-rows";
export { identitiesOf, type PointOptions, pointsOfTable, type TablePoints } from "./points";
export {
  formatOf,
  readDelimited,
  readTable,
  type Table,
  type TableRow,
} from "./read";
