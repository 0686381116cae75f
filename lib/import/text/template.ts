import type { Counter } from "./grammar";
import { type CompiledRow, Values } from "./row";
import { scanNumber, scannedTo } from "./scan-number";

/** Text between numbers: as it stood, and with runs of blanks as one. */
interface Literal {
  raw: string;
  codes: Uint16Array;
}

/**
 * The shape of a line: the text around its numbers. Most lines of a log have that of the line before, and are read by it
 * in a single pass; one that differs is read by the row's own expressions. Runs of blanks are one blank.
 */
export interface Template {
  row: CompiledRow;
  slots: readonly Slot[];
  /** Text before each number, as character codes; and after the last one. */
  before: readonly Literal[];
  after: Literal;
  /** Room for the numbers of a line. */
  numbers: Float64Array;
}

const BLANK = 32;
const NUMBER = table("0123456789+-.eEnaifNIF");
const DIGIT = table("0123456789");
const BLANKS = table(" \t");

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
  if (!slots || slots.length === 0) return null;
  const all = [...clockDigits(line.slice(0, slots[0]!.at)), ...slots];
  const before: Literal[] = [];
  let from = 0;
  for (const { at, text, kind } of all) {
    if (at < from || (kind !== "skip" && !isPlain(text))) return null;
    before.push(literal(line.slice(from, at)));
    from = at + text.length;
  }
  return { row, slots: all, before, after: literal(line.slice(from)), numbers: new Float64Array(all.length) };
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

function literal(raw: string): Literal {
  const plain = raw.replace(/[ \t]+/g, " ");
  return { raw, codes: Uint16Array.from({ length: plain.length }, (_, i) => plain.charCodeAt(i)) };
}

/** The values of a line of that shape; null where it has another. */
export function readByTemplate({ slots, before, after, numbers }: Template, line: string): Values | null {
  let at = 0;
  for (let i = 0; i < before.length; i++) {
    at = passed(before[i]!, line, at);
    if (at < 0) return null;
    const from = at;
    if (slots[i]!.kind === "skip") {
      while (DIGIT[line.charCodeAt(at)]) at++;
      if (at === from) return null;
      continue;
    }
    const value = scanNumber(line, at);
    at = scannedTo();
    if (at > from && !NUMBER[line.charCodeAt(at)]) {
      numbers[i] = value;
      continue;
    }
    while (NUMBER[line.charCodeAt(at)]) at++;
    const other = at === from ? null : toNumber(line.slice(from, at));
    if (other === null) return null;
    numbers[i] = other;
  }
  if (passed(after, line, at) !== line.length) return null;
  const values = new Values();
  for (let i = 0; i < slots.length; i++) {
    const { kind, name } = slots[i]!;
    if (kind === "step" || kind === "of") values[kind] = numbers[i]!;
    else if (kind !== "skip") {
      if (kind === "tokens") values.tokens = numbers[i]!;
      values.metric(name, numbers[i]!);
    }
  }
  return values;
}

/** Where a text ends that a line has from `at` on; -1 where it has another. */
function passed({ raw, codes }: Literal, line: string, from: number): number {
  if (line.startsWith(raw, from)) {
    let at = from + raw.length;
    if (codes[codes.length - 1] === BLANK) while (BLANKS[line.charCodeAt(at)]) at++;
    return at;
  }
  let at = from;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code !== line.charCodeAt(at) && (code !== BLANK || !BLANKS[line.charCodeAt(at)])) return -1;
    at++;
    if (code === BLANK) while (BLANKS[line.charCodeAt(at)]) at++;
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
