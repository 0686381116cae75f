import type { DecimalSign, ImportProblem } from "../imported";

/** A cell as its file has it; missing cells are null. */
export type Cell = string | number | boolean | null;
export type TableRow = Record<string, Cell>;

/** Rows of somebody else's file, each with the line it begins on. Rows that cannot be read are `problems`. */
export type Table = {
  columns: string[];
  rows: TableRow[];
  lines: number[];
  problems: ImportProblem[];
  /** Set once somebody has said how its numbers are written. */
  decimal?: DecimalSign;
};
