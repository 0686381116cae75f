import type { HistoryFormat, Output, Sample } from "../history";
import { eachLine } from "../lines";
import { HEAD_BYTES, type SourceFile, splitPath } from "../source";
import { numberIn } from "./cells";
import { type Columns, isStep } from "./columns";
import { courseOf } from "./course";
import { cellsOf, type Dialect, dialectOf, isHeader, isRow, uniqueNames } from "./delimited";
import { type Role, RowTaker } from "./taker";

const SAMPLED_ROWS = 400;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what binary files have and texts have not
const NOT_TEXT = /[\u0000-\u0008\u000e-\u001a]/;

/** What the beginning and the end of a delimited text say of the whole. */
export interface Sheet {
  dialect: Dialect;
  names: string[];
  hasHeader: boolean;
  rows: Record<string, unknown>[];
}

/** A kind of tables with a row a step, told by its names, its place or how its columns are called. */
export interface Layout {
  name: string;
  title: string;
  is(path: string, sheet: Sheet): boolean;
  /** What a run of it is called. */
  nameOf?(path: string): string | null;
}

export function csvFormat(layout: Layout): HistoryFormat {
  return {
    name: layout.name,
    title: layout.title,
    appends: true,
    restarts: "anywhere",
    groupOf: (file, sample) => {
      const sheet = sheetOf(sample);
      return sheet && layout.is(file.path, sheet) && courseOf(sheet.names, sheet.rows) ? file.path : null;
    },
    async read([file], out) {
      const sheet = sheetOf(await sampleOf(file!))!;
      const name = layout.nameOf?.(file!.path) ?? null;
      if (name !== null) out.run().name = name.slice(-200);
      await readSheet(file!, { sheet, columns: courseOf(sheet.names, sheet.rows)! }, out);
    },
  };
}

export async function sampleOf(file: SourceFile, most = HEAD_BYTES): Promise<Sample> {
  const head = await file.read(0, Math.min(file.size, most));
  const from = Math.max(most, file.size - most);
  return { head, tail: from < file.size ? await file.read(from, file.size) : new Uint8Array(0) };
}

const sheets = new WeakMap<Sample, Sheet | null>();

/** Null for what is no delimited text. */
export function sheetOf(sample: Sample): Sheet | null {
  const known = sheets.get(sample);
  if (known !== undefined) return known;
  const sheet = sheetIn(sample);
  sheets.set(sample, sheet);
  return sheet;
}

function sheetIn({ head, tail }: Sample): Sheet | null {
  const text = decoded(head);
  if (text === null || /^\s*[[{<]/.test(text)) return null;
  const lines = joinedQuotes(text.split(/\r\n|\n|\r/));
  if (tail.length > 0) lines.pop();
  const dialect = dialectOf(lines);
  if (!dialect) return null;
  const first = lines.findIndex(isRow);
  const header = (cellsOf(lines[first]!, dialect) ?? []).map((cell) => cell.trim());
  const isName = (cell: string) => numberIn(cell) === null;
  const hasHeader = header.length > 1 && (header.every(isName) || (header.some(isStep) && isName(header[0]!)));
  if (!hasHeader && !(header.length === 2 && header.every((cell) => numberIn(cell) !== null))) return null;
  const names = hasHeader ? uniqueNames(header) : ["step", "loss"];
  const more = tail.length > 0 ? (decoded(tail) ?? "").split(/\r\n|\n|\r/).slice(1) : [];
  const rows = [...lines.slice(first + (hasHeader ? 1 : 0)).slice(0, SAMPLED_ROWS), ...more.slice(-SAMPLED_ROWS)]
    .filter(isRow)
    .flatMap((line) => {
      const cells = cellsOf(line, dialect);
      // Rows of another length, which another program may have added, say nothing: they are not read either.
      if (!cells || lengthProblem(cells, names.length) !== null || isHeader(cells)) return [];
      return [Object.fromEntries(names.map((name, i) => [name, cells[i] ?? ""]))];
    });
  return { dialect, names, hasHeader, rows };
}

/** Lines of which a quote joins several as one. */
function joinedQuotes(lines: readonly string[]): string[] {
  const joined: string[] = [];
  let open = "";
  for (const line of lines) {
    const all = open === "" ? line : `${open}\n${line}`;
    open = all.split('"').length % 2 === 0 && all.length < 10_000 ? all : "";
    if (open === "") joined.push(all);
  }
  return open === "" ? joined : [...joined, open];
}

function decoded(bytes: Uint8Array): string | null {
  const isWide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const text = new TextDecoder(isWide ? (bytes[0] === 0xff ? "utf-16le" : "utf-16be") : "utf-8").decode(bytes);
  return NOT_TEXT.test(text.slice(0, 4_096)) ? null : text;
}

/** Reads all rows of a table whose columns are known. */
export async function readSheet(
  file: SourceFile,
  { sheet, columns, takers }: { sheet: Sheet; columns: Columns; takers?: RowSink },
  out: Output,
): Promise<void> {
  const { dialect } = sheet;
  const { path } = file;
  const taker: RowSink = takers ?? new RowTaker({ columns, path, out, decimalComma: dialect.decimalComma });
  let names = sheet.names;
  let roles = names.map((name) => taker.roleOf(name));
  let isHead = sheet.hasHeader;
  let open = "";
  let openLine = 0;
  let isLast = false;
  const count = await eachLine(file, {
    line: (text, number) => {
      if (open === "" && !isRow(text)) return;
      const line = open === "" ? text : `${open}\n${text}`;
      if (open === "") openLine = number;
      const cells = cellsOf(line, dialect);
      if (cells === null && line.length < 1 << 20 && number - openLine < 100) {
        open = line;
        return;
      }
      open = "";
      if (cells === null) return out.problem(path, openLine, "a quote is not closed; the row is left out");
      if (isHead || (taker.isHeader?.(cells) ?? isHeader(cells))) {
        const next = uniqueNames(cells);
        if (isHead || next.includes(columns.step ?? columns.time ?? "")) {
          names = next;
          roles = names.map((name) => taker.roleOf(name));
        } else out.problem(path, openLine, "the row holds names and no values; it is left out");
        isHead = false;
        return;
      }
      const wrong = lengthProblem(cells, names.length);
      if (wrong) out.problem(path, openLine, wrong);
      else {
        taker.row(names, roles, cells, openLine);
        if (isLast && !/["\s]$/.test(line))
          out.problem(path, openLine, "the file ends within the row; the last of its values may be cut");
      }
    },
    unended: () => {
      isLast = true;
    },
    cut: (line) => out.problem(path, line, "the line is longer than a MiB; what goes beyond is left out"),
    room: () => out.room(),
  });
  if (open !== "") out.problem(path, openLine, "the last row is cut within a quote; it is left out");
  taker.end();
  out.lines(path, count);
}

export type RowSink = Pick<RowTaker, "row" | "end"> & {
  roleOf(name: string): Role;
  /** Where rows may be without a number, which of them names the columns again. */
  isHeader?(cells: readonly string[]): boolean;
};

/** A row that was cut must not pass for one whose last values are missing. */
function lengthProblem(cells: readonly string[], width: number): string | null {
  if (cells.some((cell) => cell.includes("\ufffd"))) return "the row has bytes that are no text; it is left out";
  if (cells.length < width) return `the row has ${cells.length} of ${width} cells; it is left out`;
  const more = cells.slice(width).some((cell) => cell.trim() !== "");
  return more ? `the row has ${cells.length} cells, and there are ${width} columns; it is left out` : null;
}

export const folderOf = (path: string) => splitPath(path).folder;
