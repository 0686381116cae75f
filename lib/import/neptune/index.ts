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
  appends: false,
  ordered: true,
  groupOf: (file, { head, tail }) => {
    if (![0x50, 0x41, 0x52, 0x31].every((byte, i) => head[i] === byte)) return null;
    const end = new TextDecoder("latin1").decode(tail.length > 0 ? tail : head);
    if (!end.includes("attribute_path") || !end.includes("attribute_type")) return null;
    const { folder, name } = splitPath(file.path);
    return `${folder}/${PART.exec(name)?.[1] ?? name}`;
  },
  async read(files, out) {
    const takers = new Map<string, AttributeTaker>();
    for (const file of files) await readFile(file, takers, out);
    for (const taker of takers.values()) taker.end(files.at(-1)!.path, out);
    const [first] = files;
    const number = /_part_(\d+)\.parquet$/i.exec(first!.path)?.[1];
    if (number !== undefined && Number(number) !== 0)
      out.problem(first!.path, null, "the run's part 0 is missing: what it held was not read");
  },
};

async function readFile(file: SourceFile, takers: Map<string, AttributeTaker>, out: Output): Promise<void> {
  const { names, rows: count, read } = await openParquet(file);
  const columns = COLUMNS.filter((name) => names.includes(name));
  for (let rowStart = 0; rowStart < count; rowStart += AT_ONCE) {
    const rowEnd = Math.min(count, rowStart + AT_ONCE);
    for (const row of (await read(rowStart, rowEnd, columns)) as Row[]) {
      const id = String(row.run_id ?? "");
      let taker = takers.get(id);
      if (!taker) {
        taker = new AttributeTaker(id, out.run(id));
        takers.set(id, taker);
      }
      taker.row(row);
    }
    await out.room();
  }
  out.lines(file.path, count);
}
