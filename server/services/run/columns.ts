import { and, eq, getTableColumns, inArray, or } from "drizzle-orm";
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

/** Runs whose result is known: finished ones, and those that ended otherwise after they had said that they diverged. */
export const HAS_RESULT = or(
  eq(runs.state, "finished"),
  and(eq(runs.diverged, true), inArray(runs.state, ["failed", "crashed"])),
);

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
