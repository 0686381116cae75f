import type { ImportFormat } from "../imported";
import { detectTable } from "./detect";
import { readTableRuns } from "./read";

export { withDecimalSign } from "./decimal";
export { readDelimited } from "./delimited";
export { type PointOptions, pointsOfTable, type TablePoints } from "./points";
export { readTable, readTablePoints } from "./read";
export type { Table } from "./rows";
export { importedRuns } from "./runs";

/** A results table: one row for each finished run. */
export const table: ImportFormat = { name: "table", detect: detectTable, read: readTableRuns };
