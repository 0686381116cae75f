import { guessMapping, type Mapping } from "../../mapping";
import type { DecimalSign, Imported, ImportFile, ImportOptions } from "../imported";
import { withDecimalSign } from "./decimal";
import { decoded } from "./decode";
import { readDelimited } from "./delimited";
import { kindOf } from "./detect";
import { flat, readJsonLines, withColumns } from "./json-rows";
import { type PointOptions, pointsOfTable, type TablePoints } from "./points";
import type { Table } from "./rows";
import { importedRuns } from "./runs";

/** Every row of a table that can be stored, as a run; what its columns mean is guessed where nobody says it. */
export async function readTableRuns(file: ImportFile, options: ImportOptions = {}): Promise<Imported> {
  const { table, mapping, ...read } = await readTablePoints(file, options);
  const { runs, problems } = importedRuns(read, table);
  const { notes, unfinished, noResult } = read;
  return { runs, problems: [...read.problems, ...problems], notes, unfinished, noResult, mapping };
}

/** The same as points, for which nothing is stored. */
export async function readTablePoints(
  file: ImportFile,
  { mapping: said, constants, decimal, ...options }: ImportOptions & PointOptions = {},
): Promise<TablePoints & { table: Table; mapping: Mapping }> {
  const table = await readTable(file, decimal);
  const mapping = { ...(said ?? guessMapping(table.columns)), ...constants };
  return { ...pointsOfTable(table, mapping, options), table, mapping };
}

/** The rows of a file; `decimal` says how delimited text writes numbers. */
export async function readTable(file: ImportFile, decimal?: DecimalSign): Promise<Table> {
  const kind = kindOf(file);
  if (kind === "parquet") return readParquet(new Uint8Array(file.bytes).buffer);
  const text = decoded(file.bytes);
  if (kind === "jsonl") return readJsonLines(text);
  const table = readDelimited(text, kind === "tsv" ? "\t" : undefined);
  return decimal ? withDecimalSign(table, decimal) : table;
}

/** Reads Parquet (also compressed); rows are numbered from 1. The readers are loaded when they are needed. */
async function readParquet(file: ArrayBuffer): Promise<Table> {
  const [{ parquetReadObjects }, { compressors }] = await Promise.all([
    import("hyparquet"),
    import("hyparquet-compressors"),
  ]);
  const objects = await parquetReadObjects({ file, compressors });
  const rows = objects.map((o) => flat(o as Record<string, unknown>));
  return withColumns({ columns: [], rows, lines: rows.map((_, i) => i + 1), problems: [] });
}
