import type { HistoryFormat } from "../history";
import { openParquet } from "../parquet";
import { courseOf } from "./course";
import { RowTaker } from "./taker";

const AT_ONCE = 20_000;
const SAMPLED_ROWS = 400;
/** Names that some column of a course has; those of columns stand in the file's end as they are. */
const STEP = /step|iter|epoch|update|samples|tokens|time/i;

/** Parquet with a row a step, as histories of W&B are exported. */
export const parquet: HistoryFormat = {
  name: "parquet",
  title: "Parquet with a row a step",
  appends: false,
  restarts: "anywhere",
  groupOf: (file, { head, tail }) => {
    if (!isParquet(head)) return null;
    const end = tail.length > 0 ? tail : head.subarray(-65_536);
    return STEP.test(new TextDecoder("latin1").decode(end)) ? file.path : null;
  },
  async read([file], out) {
    const table = await openParquet(file!);
    const { names, rows } = table;
    const sampled = await table.read(0, Math.min(rows, SAMPLED_ROWS));
    if (rows > SAMPLED_ROWS) sampled.push(...(await table.read(Math.max(SAMPLED_ROWS, rows - SAMPLED_ROWS), rows)));
    const columns = courseOf(names, sampled);
    if (!columns)
      throw new Error(
        "it has no column of growing steps beside numbers; a table of results is imported by etalon import table FILE",
      );
    const taker = new RowTaker({ columns, path: file!.path, out });
    const roles = names.map((name) => taker.roleOf(name));
    for (let at = 0; at < rows; at += AT_ONCE) {
      const some = await table.read(at, Math.min(rows, at + AT_ONCE));
      for (const [i, row] of some.entries()) {
        const cells = names.map((name) => row[name]);
        taker.row(names, roles, cells, at + i + 1);
      }
      await out.room();
    }
    taker.end();
    out.lines(file!.path, rows);
  },
};

function isParquet(head: Uint8Array): boolean {
  return [0x50, 0x41, 0x52, 0x31].every((byte, i) => head[i] === byte);
}
