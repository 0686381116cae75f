import { quoteWords } from "../../json";
import type { HistoryFormat, Output, Sample } from "../history";
import { eachLine } from "../lines";
import { encodingOf, type SourceFile } from "../source";
import { isMissing } from "./cells";
import type { Columns } from "./columns";
import { courseOf } from "./course";
import { sampleOf } from "./csv";
import { type Role, RowTaker } from "./taker";

const SAMPLED_ROWS = 400;
/** Lines that are no objects may stand between; more of them make it a log. */
const MOST_STRANGE = 0.2;

/** Names of the one object that holds all metrics of a row: their own names are enough. */
const WRAPPERS = /^(data|metrics|values|logs|scalars|payload)$/;

type Row = Record<string, unknown>;

/** A kind of logs with a JSON object a line, told by its place or by what the objects hold. */
export interface JsonLayout {
  name: string;
  title: string;
  is(path: string, names: ReadonlySet<string>): boolean;
  /** The name of the steps that a run is to reach. */
  of?: string;
  nameOf?(path: string): string | null;
}

export function jsonlFormat(layout: JsonLayout): HistoryFormat {
  return {
    name: layout.name,
    title: layout.title,
    appends: true,
    restarts: "anywhere",
    groupOf: (file, sample) => {
      const found = columnsIn(sample);
      return found && layout.is(file.path, found.names) ? file.path : null;
    },
    async read([file], out) {
      const { columns } = columnsIn(await sampleOf(file!))!;
      const name = layout.nameOf?.(file!.path) ?? null;
      if (name !== null) out.run().name = name.slice(-200);
      await readLines(file!, { columns, of: layout.of }, out);
    },
  };
}

/** How the objects of a text stand on the way of training; null for what is no such text. */
function columnsIn({ head, tail }: Sample): { columns: Columns; names: Set<string> } | null {
  const encoding = encodingOf(head);
  if (encoding === null) return null;
  const text = new TextDecoder(encoding).decode(head);
  if (!/^\s*\{/m.test(text)) return null;
  const lines = text.split(/\r\n|\n/);
  if (tail.length > 0) lines.pop();
  const more =
    tail.length > 0
      ? new TextDecoder(encoding)
          .decode(tail)
          .split(/\r\n|\n/)
          .slice(1)
      : [];
  const all = [...lines.slice(0, SAMPLED_ROWS), ...more.slice(-SAMPLED_ROWS)].filter((line) => line.trim() !== "");
  const rows = all.map(rowOf).filter((row) => row !== null);
  if (rows.length === 0 || all.length - rows.length > Math.max(1, MOST_STRANGE * all.length)) return null;
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  const stepped = courseOf([...names], rows);
  if (!stepped) return null;
  return { columns: stepped, names };
}

/** An object with its inner objects' names joined by dots; null for a line that is none. */
function rowOf(line: string): Row | null {
  if (!/^\s*\{/.test(line)) return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    try {
      value = JSON.parse(quoteWords(line));
    } catch {
      return null;
    }
  }
  const row: Row = {};
  const entries = Object.entries(value as Row);
  const inner = entries.filter(([, v]) => typeof v === "object" && v !== null && !Array.isArray(v));
  const wrapped = inner.length === 1 && WRAPPERS.test(inner[0]![0]) ? inner[0]! : null;
  for (const [key, v] of entries) if (key !== wrapped?.[0]) flatten({ [key]: v }, "", row);
  if (wrapped) flatten(wrapped[1] as Row, "", row);
  return row;
}

function flatten(value: Row, prefix: string, row: Row): void {
  for (const [key, inner] of Object.entries(value)) {
    const name = prefix === "" ? key : `${prefix}.${key}`;
    if (typeof inner === "object" && inner !== null && !Array.isArray(inner)) flatten(inner as Row, name, row);
    else row[name === "__proto__" ? "__proto__ " : name] = inner;
  }
}

async function readLines(
  file: SourceFile,
  { columns, of }: { columns: Columns; of: string | undefined },
  out: Output,
): Promise<void> {
  const { path } = file;
  const taker = new RowTaker({ columns, path, out, ...(of !== undefined && { of }) });
  const roles = new Map<string, Role>();
  let strange = 0;
  const count = await eachLine(file, {
    line: (text, number) => {
      if (text.trim() === "") return;
      const row = rowOf(text);
      if (row === null) {
        strange++;
        out.problem(path, number, "the line is no JSON object; it is left out");
        return;
      }
      const names = Object.keys(row);
      const own = names.map((name) => {
        const known = roles.get(name) ?? taker.roleOf(name);
        roles.set(name, known);
        return known;
      });
      taker.row(names, own, Object.values(row), number);
      if (of !== undefined && !isMissing(row[of])) taker.total(Number(row[of]));
    },
    cut: (line) => out.problem(path, line, "the line is longer than a MiB; what goes beyond is left out"),
    room: () => out.room(),
  });
  taker.end();
  out.lines(path, count, strange);
}
