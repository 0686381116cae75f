import type { HistoryState } from "../history";
import type { Counter, Row } from "./grammar";
import { valueIn } from "./values";

/** What a line says of one step. */
export class Values {
  /** Null where the line says none. */
  step: number | null = null;
  of: number | null = null;
  /** NaN where the line says none. */
  tokens = Number.NaN;
  /** Milliseconds since 1970; null where only the line's own clock may say it. */
  time: number | null = null;
  /** Metrics and their values, side by side. */
  readonly numbers: number[] = [];
  config: Record<string, unknown> | null = null;
  state: HistoryState | null = null;

  constructor(readonly names: string[] = []) {}

  metric(name: string, value: number): void {
    this.names.push(name);
    this.numbers.push(value);
  }
}

/** A row of which it is known what each group of its line is. */
export interface CompiledRow extends Row {
  groups: readonly { name: string; kind: Counter | "metric" | "rest" | "json" }[];
}

/** Groups of a line by their place: it must have none without a name. */
export function compiled(row: Row): CompiledRow {
  const found = new RegExp(`${row.line.source}|`, row.line.flags).exec("")!;
  const names = Object.keys(found.groups ?? {});
  if (names.length !== found.length - 1) throw new Error(`${row.line} has a group without a name`);
  const counters: readonly string[] = ["step", "of", "tokens", "rest", "json"];
  const groups = names.map((group) => {
    const name = row.names?.[group] ?? group;
    const kind = counters.includes(group) ? (group as "step") : (row.counters?.[name] ?? ("metric" as const));
    return { name, kind };
  });
  return { ...row, groups };
}

/** The values of a line that fits a row; null where it does not after all. */
export function readRow(row: CompiledRow, match: RegExpExecArray): Values | null {
  const values = new Values();
  for (let i = 0; i < row.groups.length; i++) {
    const text = match[i + 1];
    if (text === undefined) continue;
    const { name, kind } = row.groups[i]!;
    if (kind === "rest") {
      if (row.pairs) readPairs(values, row, row.pairs, text);
    } else if (kind === "json") {
      if (!readObject(values, row, text)) return null;
    } else add(values, row, kind, name, text);
  }
  return values;
}

function readPairs(values: Values, row: Row, pairs: RegExp, text: string): void {
  pairs.lastIndex = 0;
  for (let pair = pairs.exec(text); pair !== null; pair = pairs.exec(text)) {
    const name = pair[1]!.trim();
    add(values, row, row.counters?.[name] ?? "metric", name, pair[2]!);
  }
}

function add(values: Values, row: Row, kind: Counter | "metric", name: string, text: string): void {
  if (kind === "skip") return;
  const first = text.charCodeAt(0);
  if (first === 0x5b || first === 0x28) list(values, name, text);
  else if (first === 0x7b) inner(values, row, name, text);
  else count(values, kind, name, valueIn(text));
}

function count(values: Values, kind: Counter | "metric", name: string, value: number | null): void {
  if (value === null) return;
  if (kind === "step" || kind === "of") values[kind] = value;
  else {
    if (kind === "tokens") values.tokens = value;
    values.metric(name, value);
  }
}

/** Values of several groups of parameters: those that differ from the first have its place in their name. */
function list(values: Values, name: string, text: string): void {
  const read = text
    .replace(/^[[(]|[\])]$/g, "")
    .split(",")
    .map((part) => valueIn(part));
  read.forEach((value, i) => {
    if (value !== null && (i === 0 || !Object.is(value, read[0])))
      values.metric(i === 0 ? name : `${name}[${i}]`, value);
  });
}

/** A value that is itself names and values: {'0_default': 66.5}. */
function inner(values: Values, row: Row, name: string, text: string): void {
  for (const [, key, value] of text.matchAll(/['"]?([\w./ -]+)['"]?\s*:\s*['"]?([^,'"}\s]+)/g))
    add(values, row, "metric", `${name}/${key!.trim()}`, value!);
}

function readObject(values: Values, row: Row, text: string): boolean {
  let object: unknown;
  try {
    object = JSON.parse(text.replace(/(?<=[:[,]\s*)(-?)(NaN|Infinity)\b/g, '"$1$2"'));
  } catch {
    return false;
  }
  if (typeof object !== "object" || object === null || Array.isArray(object)) return false;
  if (row.event) return readEvent(values, row.event, object);
  for (const [name, value] of Object.entries(object)) {
    if (typeof value !== "number" && typeof value !== "string") continue;
    const counter = row.counters?.[name] ?? "metric";
    if (counter !== "skip") count(values, counter, name, numberOf(value));
  }
  return true;
}

function numberOf(value: unknown): number | null {
  if (typeof value === "number") return value;
  return typeof value === "string" ? valueIn(value) : null;
}

/** One thing that happened: a value at a step, several of them by name, or, without a step, a setting. */
function readEvent(values: Values, event: NonNullable<Row["event"]>, object: object): boolean {
  const name = at(object, event.name);
  const value = at(object, event.value);
  if (typeof name !== "string") return false;
  values.time = numberOf(at(object, event.time));
  values.step = numberOf(at(object, event.step));
  const status = at(object, "metadata.status");
  if (typeof status === "string" && name === "run_stop") values.state = status === "success" ? "finished" : "failed";
  if (values.step === null) {
    if (value !== null && value !== undefined && typeof value !== "object") values.config = { [name]: value };
    return true;
  }
  const lr = numberOf(at(object, "metadata.lr"));
  if (lr !== null) values.metric("lr", lr);
  const several = typeof value === "object" && value !== null ? Object.entries(value) : [[name, value] as const];
  for (const [key, inner] of several) {
    const number = numberOf(inner);
    if (number !== null) values.metric(key, number);
  }
  return true;
}

function at(object: object, path: string): unknown {
  let value: unknown = object;
  for (const key of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
