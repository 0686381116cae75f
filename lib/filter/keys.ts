import type { ExactNumber } from "../json";
import { type Dimension, dimensionCalled, eachDimension } from "../run";

type FieldType = "text" | "boolean" | "number" | "time";

/**
 * What is said of a run besides its dimensions. `params` is the first parameter count that is known, `batchTokens`
 * sequences times their length, `duration` in wall-clock seconds.
 */
const others = {
  name: "text",
  state: "text",
  tag: "text",
  notes: "text",
  source: "text",
  diverged: "boolean",
  params: "number",
  batchTokens: "number",
  trainLoss: "number",
  duration: "number",
  created: "time",
} as const satisfies Record<string, FieldType>;

export type RunField = Dimension | keyof typeof others;

/** What a list of runs can be filtered, sorted and grouped by, besides config keys and metrics. */
export const RUN_FIELDS: Readonly<Record<RunField, FieldType>> = {
  ...eachDimension((_, { kind }) => (kind === "text" || kind === "choice" ? "text" : "number")),
  ...others,
};

/** The field of that name, or of a dimension's alias. */
export function fieldCalled(name: string): RunField | null {
  return Object.hasOwn(RUN_FIELDS, name) ? (name as RunField) : dimensionCalled(name);
}

/** Fields that can only have one of these values; a diverged run is a finished one whose result is divergence. */
export const FIELD_WORDS: Partial<Record<RunField, readonly string[]>> = {
  ...eachDimension(
    (_, { choices }) => choices,
    ({ choices }) => choices !== undefined,
  ),
  state: ["queued", "running", "finished", "diverged", "failed", "canceled", "crashed"],
};

export const METRIC_STATS = ["last", "min", "max", "points"] as const;
export type MetricStat = (typeof METRIC_STATS)[number];

/** A column of the list: a field of the run, a key of its config, or a statistic of one of its metrics. */
export type Key =
  | { kind: "field"; field: RunField }
  | { kind: "config"; path: string[] }
  | { kind: "metric"; metric: string; stat: MetricStat };

export const OPERATORS = ["=", "!=", "<=", ">=", "<", ">", "~", "!~"] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Comparison {
  kind: "compare";
  key: Key;
  operator: Operator;
  value: string | number | boolean | ExactNumber;
  /** A number as it was typed, for config values that are that text: `10B`. */
  spelt?: string;
}

/** Names without an operator match the run's name. */
export type Filter =
  | Comparison
  | { kind: "word"; text: string }
  | { kind: "not"; of: Filter }
  | { kind: "and" | "or"; of: Filter[] };

/**
 * A key from its text: `lr`, `config.optimizer.lr`, `metric("val/loss").min`. A config key with dots in it is found by
 * its plain path too; between quotes (`config."a.b".c`) it alone is meant. Null for anything else.
 */
export function parseKey(text: string): Key | null {
  const field = fieldCalled(text);
  if (field) return { kind: "field", field };
  const metric = /^metric\(("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\)\.(\w+)$/.exec(text);
  if (metric && (METRIC_STATS as readonly string[]).includes(metric[2]!)) {
    return { kind: "metric", metric: unquoted(metric[1]!), stat: metric[2] as MetricStat };
  }
  if (!text.startsWith("config.")) return null;
  const parts = text.slice("config".length).match(/\.(?:"(?:[^"\\]|\\.)*"|[^."\s]+)/g) ?? [];
  if (parts.join("") !== text.slice("config".length)) return null;
  return { kind: "config", path: parts.map((p) => (p[1] === '"' ? unquoted(p.slice(1)) : p.slice(1))) };
}

/** The same key as `keyText` writes it: `lr` is `peakLr`; what is no key stays as it is. */
export function canonicalKey(text: string): string {
  const key = parseKey(text);
  return key ? keyText(key) : text;
}

/** The text that `parseKey` reads back. */
export function keyText(key: Key): string {
  if (key.kind === "field") return key.field;
  if (key.kind === "metric") return `metric(${JSON.stringify(key.metric)}).${key.stat}`;
  return `config${key.path.map((p) => `.${/^[^."\s=<>!~(),|]+$/.test(p) ? p : JSON.stringify(p)}`).join("")}`;
}

export function unquoted(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1).replace(/\\(.)/g, "$1");
  try {
    return JSON.parse(text) as string;
  } catch {
    return text.slice(1, -1);
  }
}

/** A value as it may stand in a filter. */
export function quoted(text: string): string {
  return /^[^\s"'=<>!~(),|]+$/.test(text) ? text : JSON.stringify(text);
}
