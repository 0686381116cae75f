import Papa from "papaparse";
import type { Table } from "./rows";

/** A blank cell, or one of the line below the header of a table in Markdown. */
const RULE = /^(:?-+:?)?$/;

const MOST_COLUMNS = 20_000;

/**
 * Reads delimited text: quotes, CRLF, a byte order mark, blank lines, trailing empty cells, lines that begin with # and
 * a first line `sep=;` are no trouble; spaces around names are dropped; of a name that occurs twice the second is
 * called `name (2)`, or by the next number that is free. A row that is too short or too long is a problem, for a
 * cut-off line must not pass for a diverged run.
 */
export function readDelimited(text: string, delimiter?: string): Table {
  const whole = oneKindOfLineEnd(text.replace(/^\uFEFF+/, ""));
  const said = /^sep=(.)\r?\n/i.exec(whole);
  // Lines keep their numbers.
  const afterSaid = said ? `#${whole.slice(said[0].trimEnd().length)}` : whole;
  const sign = said?.[1] ?? delimiterOf(afterSaid, delimiter);
  const source = sign === " " ? withSingleBlanks(afterSaid) : withoutBlanksBeforeQuotes(afterSaid, sign);
  const parsed = Papa.parse<string[]>(source, { delimiter: sign, skipEmptyLines: false });
  const table: Table = { columns: [], rows: [], lines: [], problems: [] };
  const quoteErrors = new Map(parsed.errors.filter((e) => e.type === "Quotes").map((e) => [e.row, e.message]));
  let line = 1;
  parsed.data.forEach((cells, i) => {
    const begins = line;
    line += 1 + cells.reduce((n, cell) => n + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0);
    if (cells.every((cell) => RULE.test(cell.trim()))) return;
    const isFull = table.columns.length > 0 && cells.length === table.columns.length; // a run may be called #1
    if (cells[0]!.startsWith("#") && !isFull && !isHeaderComment(cells, parsed.data[i + 1], table)) return;
    if (table.columns.length === 0) {
      cells[0] = cells[0]!.replace(/^#\s*/, "");
      const names = trimEnd(cells);
      if (names.length > MOST_COLUMNS)
        throw new Error(`its header has ${names.length} cells, and a table may have ${MOST_COLUMNS} columns`);
      table.columns = uniqueNames(names);
      return;
    }
    const problem = quoteErrors.get(i) ?? lengthProblem(cells, table.columns.length);
    if (problem)
      table.problems.push({ line: begins, field: "row", value: cells.join(",").slice(0, 100), message: problem });
    else {
      table.rows.push(Object.fromEntries(table.columns.map((name, j) => [name, cells[j] ?? null])));
      table.lines.push(begins);
    }
  });
  return table;
}

/** "# lr,bs,loss" over rows of as many cells, as numpy writes its header. */
function isHeaderComment(cells: string[], next: string[] | undefined, table: Table): boolean {
  return (
    table.columns.length === 0 &&
    cells.length > 1 &&
    next?.length === cells.length &&
    !next[0]!.startsWith("#") &&
    next.some((cell) => cell.trim() !== "" && Number.isFinite(Number(cell)))
  );
}

const HEAD = 65_536;

/**
 * The separator that the header has most of, outside quotes; the one that the file's name tells where the header has
 * it. A header of several words without any is parted by blanks.
 */
function delimiterOf(text: string, told?: string): string {
  const lines = text
    .slice(0, HEAD)
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== "");
  // A header behind # has the separators of its rows; other comments say nothing of them.
  const header = (lines.find((line) => !line.startsWith("#")) ?? lines[0] ?? "").replace(/"[^"]*"/g, "");
  const count = (c: string) => header.split(c).length;
  if (told && count(told) > 1) return told;
  const best = [",", "\t", ";", "|"].reduce((best, c) => (count(c) > count(best) ? c : best));
  const words = (line: string) => line.trim().split(/\s+/).length;
  const isBlanks =
    count(best) === 1 && words(header) > 2 && lines.slice(0, 20).every((l) => words(l) === words(header));
  return isBlanks ? " " : best;
}

/** Line ends of two kinds, as a file has that several programs wrote, would pass for cells of one long row. */
function oneKindOfLineEnd(text: string): string {
  return /\r\n/.test(text) && /[^\r]\n/.test(text) ? text.replace(/\r\n?/g, "\n") : text;
}

function withSingleBlanks(text: string): string {
  return text.replace(/[^\S\r\n]+/g, " ").replace(/^ | $/gm, "");
}

/** `"lr", "bs"`: where the header has blanks before its quotes, they are part of no cell. */
function withoutBlanksBeforeQuotes(text: string, sign: string): string {
  const before = new RegExp(`(${sign === "|" ? "\\|" : sign}) +(?="(?!"))`, "g");
  const header = text.slice(0, text.search(/[\r\n]|$/));
  return before.test(header) ? text.replace(before, "$1") : text;
}

function lengthProblem(cells: string[], columns: number): string | null {
  if (cells.length < columns) return `has ${cells.length} cells where the header has ${columns}`;
  const extra = cells.slice(columns).some((cell) => cell.trim() !== "");
  return extra ? `has ${cells.length} cells where the header has ${columns}` : null;
}

function trimEnd(cells: string[]): string[] {
  const last = cells.findLastIndex((cell) => cell.trim() !== "");
  return cells.slice(0, last + 1);
}

function uniqueNames(names: string[]): string[] {
  const plain = names.map((raw, i) => plainName(raw) || `column ${i + 1}`);
  const used = new Set<string>();
  const counts = new Map<string, number>();
  const firsts = new Map<string, number>();
  for (const [i, name] of plain.entries()) if (!firsts.has(name)) firsts.set(name, i);
  return plain.map((name, i) => {
    let unique = name;
    let n = counts.get(name) ?? 2;
    for (; used.has(unique) || (n > 2 && (firsts.get(unique) ?? -1) > i); n++) unique = `${name} (${n})`;
    counts.set(name, n);
    used.add(unique);
    return unique;
  });
}

/** Without characters that nobody sees, and on one line. */
function plainName(raw: string): string {
  return raw
    .replace(/[\u200B-\u200D\u2060\uFEFF]/g, "")
    .replace(/\s+/g, (blanks) => (/[\r\n]/.test(blanks) ? " " : blanks))
    .trim();
}
