import { numberIn } from "./cells";

export interface Dialect {
  /** Null for blanks, of which several part as one does. */
  sign: string | null;
  decimalComma: boolean;
}

/** So many rows of one width make a table, whatever another program has added to it. */
const BEGINNING = 6;

/** The cells of a line; a quote that is still open takes the next line too: then null. */
export function cellsOf(line: string, { sign }: Dialect): string[] | null {
  if (sign === null) return line.trim().split(/\s+/);
  if (!line.includes('"')) return line.split(sign);
  const cells: string[] = [];
  for (let at = 0; ; ) {
    const start = skipBlanks(line, at);
    let end: number;
    if (line[start] === '"') {
      const close = closing(line, start + 1);
      if (close < 0) return null;
      cells.push(line.slice(start + 1, close).replaceAll('""', '"'));
      end = line.indexOf(sign, close + 1);
    } else {
      end = line.indexOf(sign, at);
      cells.push(line.slice(at, end < 0 ? undefined : end));
    }
    if (end < 0) return cells;
    at = end + sign.length;
  }
}

function skipBlanks(line: string, at: number): number {
  let i = at;
  while (line[i] === " ") i++;
  return i;
}

function closing(line: string, from: number): number {
  for (let at = line.indexOf('"', from); at >= 0; at = line.indexOf('"', at + 2)) if (line[at + 1] !== '"') return at;
  return -1;
}

/** The lines of a text that hold rows: no blank ones, no comments, no rule of a table in Markdown. */
export function isRow(line: string): boolean {
  return line.trim() !== "" && !/^\s*(#|sep=.$)/i.test(line) && !/^[\s|:+-]+$/.test(line);
}

/** How the first lines of a text part their cells; null where they do not, line by line, in the same way. */
export function dialectOf(lines: readonly string[]): Dialect | null {
  const rows = lines.filter(isRow).slice(0, 30);
  if (rows.length === 0) return null;
  const best = [",", "\t", ";", "|"]
    .map((sign) => ({ sign, n: cellsOf(rows[0]!, { sign, decimalComma: false })?.length ?? 1 }))
    .reduce((p, q) => (q.n > p.n ? q : p));
  if (best.n > 1) {
    const dialect = { sign: best.sign, decimalComma: false };
    const counts = rows.map((row) => cellsOf(row, dialect)?.length ?? 0);
    // The last one may be cut, rows may lack their empty ends.
    const fits = counts.slice(0, -1).filter((n) => n === best.n).length;
    const begins = counts.length > BEGINNING && counts.slice(0, BEGINNING).every((n) => n === best.n);
    if (!begins && fits < 0.7 * (counts.length - 1)) return null;
    const decimalComma = best.sign === ";" && rows.slice(1).some((row) => /(^|;)\s*[+-]?\d+,\d+\s*(;|$)/.test(row));
    return { sign: best.sign, decimalComma };
  }
  const blanks = { sign: null, decimalComma: false };
  const width = cellsOf(rows[0]!, blanks)!.length;
  const isTable =
    width > 1 && rows.length > 2 && rows.slice(0, -1).every((row) => cellsOf(row, blanks)!.length === width);
  return isTable &&
    rows.slice(1, -1).every((row) => cellsOf(row, blanks)!.every((c) => numberIn(c) !== null || c === "-"))
    ? blanks
    : null;
}

/** Names of columns, each once: a second of a name is called `name (2)`; empty ones at the end are none. */
export function uniqueNames(cells: readonly string[]): string[] {
  const names: string[] = [];
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  let end = cells.length;
  while (end > 1 && cells[end - 1]!.trim() === "") end--;
  for (const cell of cells.slice(0, end)) {
    const name = cell.trim();
    let unique = name;
    let n = counts.get(name) ?? 2;
    for (; taken.has(unique); n++) unique = `${name} (${n})`;
    counts.set(name, n);
    taken.add(unique);
    names.push(unique);
  }
  return names;
}

/** Whether a row is none of values but names columns, as a program that starts again writes them once more. */
export function isHeader(cells: readonly string[]): boolean {
  return cells.length > 1 && cells.some((c) => /[a-z]/i.test(c)) && cells.every((c) => numberIn(c) === null);
}
