import { basename } from "node:path";
import { readNumber } from "@/lib/format";
import { readTable, type Table } from "@/lib/import";
import { type LossCurve, lossPoints } from "@/lib/schedule-law";
import { readImportFile, tellOfFile, unreadable } from "./import-file";

const COLUMNS = ["step", "lr", "loss"] as const;

type Column = (typeof COLUMNS)[number];

/** What a value may be, and what to do where it is not. */
const RULES: Record<Column, { holds: (value: number) => boolean; message: string }> = {
  step: { holds: (v) => Number.isInteger(v) && v >= 0, message: "is no whole number of steps; give the step's number" },
  lr: { holds: (v) => v >= 0 && v < Infinity, message: "is no learning rate; give the rate of that step, 0 or more" },
  loss: { holds: (v) => v > 0 && v < Infinity, message: "is no loss above 0; correct the row or leave it out" },
};

/** A curve from a table with the columns step, lr and loss. Throws an Error that names file, line, column and value. */
export async function readLossCurve(path: string, warmupSteps: number): Promise<LossCurve> {
  const table = await readTable(await readImportFile(path)).catch(unreadable(path));
  const missing = COLUMNS.filter((column) => !table.columns.includes(column));
  if (missing.length > 0) {
    throw new Error(
      `${path}: it has no column ${missing.join(", ")} (it has ${table.columns.join(", ") || "none"}); name the columns step, lr and loss`,
    );
  }
  if (table.rows.length === 0) throw new Error(`${path}: it has no rows; give one row for each logged step`);
  const [steps, rates, losses] = COLUMNS.map((column) => valuesOf(path, table, column)) as [
    number[],
    number[],
    number[],
  ];
  tellOfFile(path, {
    problems: table.problems,
    notes: [],
    unfinished: [],
    noResult: [],
    skip: false,
    good: steps.length,
  });
  steps.forEach((step, i) => {
    if (i > 0 && step <= steps[i - 1]!) {
      throw new Error(
        `${path}, line ${table.lines[i]}: step "${step}" comes after step ${steps[i - 1]}; steps must ascend, sort the rows and keep one for each step`,
      );
    }
  });
  if (!rates.some((rate) => rate > 0)) {
    throw new Error(`${path}: column lr is 0 in every row; give the rates that the run was trained with`);
  }
  const curve = { name: basename(path), schedule: { warmupSteps, steps, rates }, losses };
  if (lossPoints(curve).steps.length === 0) {
    throw new Error(
      `${path}: its last step is ${steps[steps.length - 1]} and the warmup takes ${warmupSteps}; give a longer curve or --warmup-steps as it was`,
    );
  }
  return curve;
}

function valuesOf(path: string, table: Table, column: Column): number[] {
  return table.rows.map((row, i) => {
    const cell = row[column];
    const value = typeof cell === "number" ? cell : readNumber(String(cell ?? ""));
    const { holds, message } = RULES[column];
    if (value === null || !holds(value)) {
      throw new Error(`${path}, line ${table.lines[i]}: ${column} "${cell ?? ""}" ${message}`);
    }
    return value;
  });
}
