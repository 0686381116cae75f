import { getTableColumns } from "drizzle-orm";
import { runs } from "@/db/schema";
import {
  type Dimension,
  type DimensionKind,
  definitionOf,
  dimensionNames,
  type RunColumns,
  runColumns,
} from "@/lib/run";

type Column<Name extends keyof typeof runs.$inferSelect> = (typeof runs)["_"]["columns"][Name];

/** The columns that the analysis reads; configs are left where they are. */
export const POINT_COLUMNS = runColumns((name) => runs[name]) as { [Name in keyof RunColumns]: Column<Name> };

/** The columns of a run's dimensions. */
export const DIMENSION_COLUMNS = Object.fromEntries(dimensionNames.map((name) => [name, runs[name]])) as {
  [Name in Dimension]: Column<Name>;
};

const TYPES: Record<DimensionKind, "float8" | "int8" | "text"> = {
  positive: "float8",
  nonNegative: "float8",
  loss: "float8",
  rounded: "int8",
  count: "int8",
  integer: "int8",
  text: "text",
  choice: "text",
};

/** What statements of our own need of a dimension: its name, its column in the database, and the column's type. */
export const STORED_DIMENSIONS = dimensionNames.map((name) => ({
  name,
  column: getTableColumns(runs)[name].name,
  type: TYPES[definitionOf(name).kind],
}));
