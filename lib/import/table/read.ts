import { guessMapping, type Mapping } from "../../mapping";
import type { DecimalSign, Imported, ImportFile, ImportOptions } from "../imported";
import { openParquet } from "../parquet";
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
  if (kind === "parquet") return readParquet(file.bytes);
  const text = decoded(file.bytes);
  if (kind === "jsonl") return readJsonLines(text);
  const table = readDelimited(text, kind === "tsv" ? "\t" : undefined);
  return decimal ? withDecimalSign(table, decimal) : table;
}

/** Reads Parquet (also compressed); rows are numbered from 1. */
async function readParquet(bytes: Uint8Array): Promise<Table> {
  const parquet = await openParquet({ size: bytes.length, read: async (from, to) => bytes.subarray(from, to) });
  const rows = (await parquet.read(0, parquet.rows)).map((row) => flat(row));
  return withColumns({ columns: [], rows, lines: rows.map((_, i) => i + 1), problems: [] });
}
