import type { HistoryFormat, Output } from "../history";
import { openParquet } from "../parquet";
import { type SourceFile, splitPath } from "../source";
import { AttributeTaker, type Row } from "./taker";

const AT_ONCE = 20_000;
const PART = /^(.*)_part_\d+\.parquet$/i;
const COLUMNS = [
  "run_id",
  "attribute_path",
  "attribute_type",
  "step",
  "timestamp",
  "int_value",
  "float_value",
  "string_value",
  "bool_value",
  "datetime_value",
  "string_set_value",
];

/** Parquet of neptune-exporter: a row a value of an attribute. */
export const neptune: HistoryFormat = {
  name: "neptune",
  title: "Parquet of neptune-exporter",
  unverified: true,
  appends: false,
  restarts: "anywhere",
  groupOf: (file, { head, tail }) => {
    if (![0x50, 0x41, 0x52, 0x31].every((byte, i) => head[i] === byte)) return null;
    const end = new TextDecoder("latin1").decode(tail.length > 0 ? tail : head);
    if (!end.includes("attribute_path") || !end.includes("attribute_type")) return null;
    const { folder, name } = splitPath(file.path);
    return `${folder}/${PART.exec(name)?.[1] ?? name}`;
  },
  async read(files, out) {
    const takers = new Map<string, AttributeTaker>();
    const takerOf = (id: string) => {
      const known = takers.get(id) ?? new AttributeTaker(id, out.run(id));
      takers.set(id, known);
      return known;
    };
    // Steps are decimals: how many of them make all steps of a run whole is known before its first point is told.
    for (const file of files)
      await eachRow(file, ["run_id", "step"], (row) => takerOf(String(row.run_id ?? "")).scale(row.step));
    for (const file of files) {
      const count = await eachRow(file, COLUMNS, (row) => takerOf(String(row.run_id ?? "")).row(row), out);
      out.lines(file.path, count);
    }
    for (const taker of takers.values()) taker.end(files.at(-1)!.path, out);
    const [first] = files;
    const number = /_part_(\d+)\.parquet$/i.exec(first!.path)?.[1];
    if (number !== undefined && Number(number) !== 0)
      out.problem(first!.path, null, "the run's part 0 is missing: what it held was not read");
  },
};

/** Calls `take` with every row; returns how many there are. */
async function eachRow(
  file: SourceFile,
  wanted: readonly string[],
  take: (row: Row) => void,
  out?: Output,
): Promise<number> {
  const { names, rows: count, read } = await openParquet(file);
  const columns = wanted.filter((name) => names.includes(name));
  for (let rowStart = 0; rowStart < count; rowStart += AT_ONCE) {
    const rowEnd = Math.min(count, rowStart + AT_ONCE);
    for (const row of (await read(rowStart, rowEnd, columns)) as Row[]) take(row);
    await out?.room();
  }
  return count;
}
