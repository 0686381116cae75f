export { withDecimalSign } from "./decimal";
export { foreignFile } from "./foreign";
export { type ImportedRun, importedRunSchema, importedRuns } from "./imported-run";
export { readJsonLines } from "./json-rows";
export { identitiesOf, type PointOptions, pointsOfTable, type TablePoints } from "./points";
export { formatOf, readDelimited, readTable } from "./read";
export type { DecimalSign, Table, TableRow } from "./rows";
