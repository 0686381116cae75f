import type { Counter } from "./grammar";
import { type CompiledRow, Values } from "./row";
import { scanNumber, scannedTo } from "./scan-number";

/**
 * The shape of a line: the text around its numbers. Most lines of a log have that of the line before, and are read by it
 * in a single pass over its bytes; one that differs is read by the row's own expressions. Runs of blanks are one blank.
 */
export interface Template {
  row: CompiledRow;
  slots: readonly Slot[];
  /** Text before each number, as character codes; and after the last one. */
  before: readonly Uint8Array[];
  after: Uint8Array;
  /** What a line says; used again for each. */
  values: Values;
}

const BLANK = 32;
const TAB = 9;
const NOT_ASCII = /[\u0080-\uffff]/;
const NUMBER = table("0123456789+-.eEnaifNIF");
const DIGIT = table("0123456789");

function table(characters: string): Uint8Array {
  const known = new Uint8Array(128);
  for (const c of characters) known[c.charCodeAt(0)] = 1;
  return known;
}

/** A number of a line: where it stands, and what it is. */
export interface Slot {
  at: number;
  text: string;
  name: string;
  kind: Counter | "metric";
}

/** The shape of a line that was read by expressions; null where one of its values is written in another way. */
export function templateOf(row: CompiledRow, line: string): Template | null {
  const slots = slotsOf(row, line);
  if (!slots || slots.length === 0 || NOT_ASCII.test(line)) return null;
  const all = [...clockDigits(line.slice(0, slots[0]!.at)), ...slots];
  const before: Uint8Array[] = [];
  let from = 0;
  for (const { at, text, kind } of all) {
    if (at < from || (kind !== "skip" && !isPlain(text))) return null;
    before.push(literal(line.slice(from, at)));
    from = at + text.length;
  }
  const names = all.filter(({ kind }) => kind === "metric" || kind === "tokens").map(({ name }) => name);
  return { row, slots: all, before, after: literal(line.slice(from)), values: new Values(names) };
}

/** What the groups and pairs of a row took from a line, in its order; null for a row that is not of numbers alone. */
function slotsOf(row: CompiledRow, line: string): Slot[] | null {
  if (row.waits) return null;
  const match = new RegExp(row.line.source, `${row.line.flags}d`).exec(line);
  if (!match?.indices) return null;
  const slots: Slot[] = [];
  for (const [i, { name, kind }] of row.groups.entries()) {
    const span = match.indices[i + 1];
    if (kind === "json") return null;
    if (!span) continue;
    if (kind !== "rest") slots.push({ at: span[0], text: match[i + 1]!, name, kind });
    else if (row.pairs)
      for (const pair of match[i + 1]!.matchAll(new RegExp(row.pairs.source, `${row.pairs.flags}d`))) {
        const name = pair[1]!.trim();
        const at = span[0] + pair.indices![2]![0];
        slots.push({ at, text: pair[2]!, name, kind: row.counters?.[name] ?? "metric" });
      }
  }
  return slots.sort((p, q) => p.at - q.at);
}

/** Digits before the first value are mostly those of a clock: they may change from line to line. */
function clockDigits(text: string): Slot[] {
  return [...text.matchAll(/\d+/g)].map((m) => ({ at: m.index, text: m[0], name: "", kind: "skip" as const }));
}

function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!NUMBER[text.charCodeAt(i)]) return false;
  return text !== "" && toNumber(text) !== null;
}

function literal(raw: string): Uint8Array {
  const plain = raw.replace(/[ \t]+/g, " ");
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

/** The values of a line of that shape, good until the next is read; null where it has another. */
export function readByTemplate(template: Template, bytes: Uint8Array, from: number, to: number): Values | null {
  const { slots, before, after, values } = template;
  let at = from;
  let metrics = 0;
  for (let i = 0; i < before.length; i++) {
    at = passed(before[i]!, bytes, at);
    if (at < 0) return null;
    const start = at;
    const { kind } = slots[i]!;
    if (kind === "skip") {
      while (DIGIT[bytes[at]!]) at++;
      if (at === start) return null;
      continue;
    }
    let value = scanNumber(bytes, at);
    at = scannedTo();
    if (at === start || NUMBER[bytes[at]!]) {
      while (NUMBER[bytes[at]!]) at++;
      const other = at === start ? null : toNumber(String.fromCharCode(...bytes.subarray(start, at)));
      if (other === null) return null;
      value = other;
    }
    if (kind === "step" || kind === "of") values[kind] = value;
    else {
      if (kind === "tokens") values.tokens = value;
      values.numbers[metrics++] = value;
    }
  }
  return passed(after, bytes, at) === to ? values : null;
}

/** Where a text ends that a line has from `from` on; -1 where it has another. No text has the end of a line. */
function passed(text: Uint8Array, bytes: Uint8Array, from: number): number {
  let at = from;
  for (let i = 0; i < text.length; i++) {
    const code = text[i]!;
    if (code !== bytes[at] && (code !== BLANK || bytes[at] !== TAB)) return -1;
    at++;
    if (code === BLANK) while (bytes[at] === BLANK || bytes[at] === TAB) at++;
  }
  return at;
}

function toNumber(text: string): number | null {
  const value = Number(text);
  if (!Number.isNaN(value)) return value;
  const plain = text.toLowerCase();
  if (plain === "nan" || plain === "-nan") return Number.NaN;
  if (plain === "inf" || plain === "+inf") return Number.POSITIVE_INFINITY;
  return plain === "-inf" ? Number.NEGATIVE_INFINITY : null;
}
