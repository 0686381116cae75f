/** Which sign parts whole from fraction; the other one, spaces and apostrophes then only group digits. */
export type DecimalSign = "point" | "comma";

/** A cell as its file has it; missing cells are null. */
export type Cell = string | number | boolean | null;
export type TableRow = Record<string, Cell>;

/** What is wrong with one row: line of the file (a header is line 1), field, value, reason. */
export type TableProblem = { line: number; field: string; value: string; message: string };

/** Rows of somebody else's file, each with the line it begins on. Rows that cannot be read are `problems`. */
export type Table = {
  columns: string[];
  rows: TableRow[];
  lines: number[];
  problems: TableProblem[];
  /** Set once somebody has said how its numbers are written. */
  decimal?: DecimalSign;
};
