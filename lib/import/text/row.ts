import type { HistoryState } from "../history";
import type { Row } from "./grammar";
import { valueIn } from "./values";

/** What a line says of one step. */
export interface Values {
  /** Null where the line says none. */
  step: number | null;
  of: number | null;
  /** NaN where the line says none. */
  tokens: number;
  /** Milliseconds since 1970; null where only the line's own clock may say it. */
  time: number | null;
  metrics: [string, number][];
  config: Record<string, unknown> | null;
  state: HistoryState | null;
}

type Groups = Record<string, string | undefined>;

/** The values of a line that fits a row; null where it does not after all. */
export function readRow(row: Row, groups: Groups): Values | null {
  const values: Values = {
    step: null,
    of: null,
    tokens: Number.NaN,
    time: null,
    metrics: [],
    config: null,
    state: null,
  };
  for (const group in groups) {
    const text = groups[group];
    if (text === undefined || group === "rest" || group === "json") continue;
    add(values, row, row.names?.[group] ?? group, text, group);
  }
  if (row.pairs && groups.rest !== undefined)
    for (const [, name, text] of groups.rest.matchAll(row.pairs)) add(values, row, name!.trim(), text!);
  if (groups.json !== undefined && !readObject(values, row, groups.json)) return null;
  return values;
}

function add(values: Values, row: Row, name: string, text: string, group?: string): void {
  const counter = group === "step" || group === "of" || group === "tokens" ? group : (row.counters?.[name] ?? "metric");
  if (counter === "skip") return;
  if (text.startsWith("[") || text.startsWith("(")) list(values, name, text);
  else if (text.startsWith("{")) inner(values, row, name, text);
  else count(values, counter, name, valueIn(text), group !== undefined);
}

function count(values: Values, counter: string, name: string, value: number | null, isGroup: boolean): void {
  if (value === null) return;
  if (counter === "step" || counter === "of") values[counter] = value;
  else {
    if (counter === "tokens") values.tokens = value;
    if (counter !== "tokens" || !isGroup) values.metrics.push([name, value]);
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
      values.metrics.push([i === 0 ? name : `${name}[${i}]`, value]);
  });
}

/** A value that is itself names and values: {'0_default': 66.5}. */
function inner(values: Values, row: Row, name: string, text: string): void {
  for (const [, key, value] of text.matchAll(/['"]?([\w./ -]+)['"]?\s*:\s*['"]?([^,'"}\s]+)/g))
    add(values, row, `${name}/${key!.trim()}`, value!);
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
    if (counter !== "skip") count(values, counter, name, numberOf(value), false);
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
  if (lr !== null) values.metrics.push(["lr", lr]);
  const several = typeof value === "object" && value !== null ? Object.entries(value) : [[name, value] as const];
  for (const [key, inner] of several) {
    const number = numberOf(inner);
    if (number !== null) values.metrics.push([key, number]);
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
