import { ExactNumber, quoteWords, readJson, syntaxError, writeJson } from "../../json";
import { guessMapping } from "../../mapping";
import type { Cell, Table, TableRow } from "./rows";

/**
 * Reads one JSON object a line, objects one after the other over any lines, or one value that holds a table: an array
 * of objects, alone or as the one array of an object around it, or what pandas writes (a column a name, split, index).
 * Objects inside a row are joined by dots, NaN may stand bare.
 */
export function readJsonLines(text: string): Table {
  const table: Table = { columns: [], rows: [], lines: [], problems: [] };
  const source = quoteWords(text.replace(/^\uFEFF+/, ""));
  const whole = wholeTable(source);
  if (whole) {
    for (const [i, value] of whole.entries()) addRow(table, value, i + 1);
  } else if (source.trimStart().startsWith("[")) {
    const line = lineAt(source, syntaxError(source)?.at ?? 0);
    table.problems.push({ line, field: "row", value: "", message: `is not JSON: ${reasonOf(source)}` });
  } else addLines(table, source);
  return withColumns(table);
}

export function withColumns(table: Table): Table {
  const columns = new Set<string>();
  for (const row of table.rows) for (const name of Object.keys(row)) columns.add(name);
  return { ...table, columns: [...columns] };
}

/**
 * The cells of an object, whatever it holds; of names that meet once their dots are joined the second gets a number.
 */
export function flat(object: Record<string, unknown>): TableRow {
  const cells = new Map<string, Cell>();
  fill(cells, object, "");
  return Object.fromEntries(cells);
}

function fill(cells: Map<string, Cell>, object: Record<string, unknown>, prefix: string): void {
  for (const [key, value] of Object.entries(object)) {
    const name = `${prefix}${key}`.trim();
    const cell = cellOf(value);
    if (cell === undefined) {
      fill(cells, value as Record<string, unknown>, `${name}.`);
      continue;
    }
    let unique = name;
    for (let n = 2; cells.has(unique); n++) unique = `${name} (${n})`;
    cells.set(unique, cell);
  }
}

/** Undefined for an object, which has cells of its own. */
function cellOf(value: unknown): Cell | undefined {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof ExactNumber) return value.digits;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (Array.isArray(value)) return writeJson(value);
  return ArrayBuffer.isView(value) ? `${value.byteLength} bytes` : undefined;
}

function addRow(table: Table, value: unknown, line: number): void {
  if (!isObject(value)) {
    table.problems.push({ line, field: "row", value: String(value).slice(0, 100), message: "is not an object" });
    return;
  }
  table.rows.push(flat(value));
  table.lines.push(line);
}

function addLines(table: Table, source: string): void {
  const lines = source.split(/\r\n|\n|\r/);
  const read = lines.map((text) => (text.trim() === "" ? null : parsed(text)));
  const pieces = read.some((r) => r !== null && !r.ok) ? piecesOf(source) : null;
  if (pieces) for (const { value, line } of pieces) addRow(table, value, line);
  else
    read.forEach((r, i) => {
      if (r?.ok) addRow(table, r.value, i + 1);
      else if (r) {
        const message = `is not JSON: ${reasonOf(lines[i]!)}`;
        table.problems.push({ line: i + 1, field: "row", value: lines[i]!.slice(0, 100), message });
      }
    });
}

/**
 * Objects one after the other, each over several lines, as jq and other programs write them; null for anything else.
 */
function piecesOf(source: string): { value: unknown; line: number }[] | null {
  const pieces: { value: unknown; line: number }[] = [];
  for (const { 0: text, index } of source.matchAll(/^[{[][\s\S]*?^[}\]][ \t]*$/gm)) {
    const read = parsed(text);
    if (!read.ok) return null;
    pieces.push({ value: read.value, line: lineAt(source, index) });
  }
  const rest = source.replace(/^[{[][\s\S]*?^[}\]][ \t]*$/gm, "");
  return pieces.length > 0 && rest.trim() === "" ? pieces : null;
}

/** The rows of a text that is one JSON value with a table in it; null where it is none. */
function wholeTable(source: string): unknown[] | null {
  if (!/^\s*[[{]/.test(source)) return null;
  const read = parsed(source);
  if (!read.ok) return null;
  if (Array.isArray(read.value)) return read.value;
  return isObject(read.value) ? rowsWithin(read.value) : null;
}

function rowsWithin(value: Record<string, unknown>): unknown[] {
  const { columns, data } = value;
  if (Array.isArray(columns) && Array.isArray(data) && data.every(Array.isArray)) {
    return data.map((row: unknown[]) => Object.fromEntries(columns.map((name, i) => [String(name), row[i]])));
  }
  const inner = Object.values(value);
  const tables = inner.filter((v) => Array.isArray(v) && v.length > 0 && v.every(isObject));
  const isRun = guessMapping(Object.keys(flat(value))).peakLr !== undefined && !inner.every(isList);
  if (tables.length === 1 && !isRun) return tables[0] as unknown[];
  if (inner.length > 1 && inner.every((v) => isList(v) && v.length === (inner[0] as unknown[]).length)) {
    return (inner[0] as unknown[]).map((_, i) => pick(value, i));
  }
  if (inner.length === 0 || !inner.every(isObject)) return [value];
  if (Object.keys(value).every(isIndex)) return inner;
  const keys = Object.keys(inner[0]!);
  const isColumns = keys.length > 0 && keys.every(isIndex) && inner.every((v) => Object.keys(v).join() === keys.join());
  return isColumns ? keys.map((key) => pick(value, key)) : [value];
}

function pick(columns: Record<string, unknown>, key: string | number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, (cells as never)[key]]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0 && !value.some((v) => isObject(v) || Array.isArray(v));
}

function isIndex(key: string): boolean {
  return /^\d+$/.test(key);
}

function parsed(text: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: readJson(text) };
  } catch {
    return { ok: false };
  }
}

function reasonOf(text: string): string {
  try {
    readJson(text);
    return "it cannot be read";
  } catch (e) {
    return (e as Error).message;
  }
}

function lineAt(text: string, at: number): number {
  return text.slice(0, at).split("\n").length;
}
