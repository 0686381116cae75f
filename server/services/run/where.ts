import { type SQL, sql } from "drizzle-orm";
import { runs } from "@/db/schema";
import { type Comparison, type Filter, type Key, RUN_FIELDS, type RunField, SAME_FRACTION } from "@/lib/filter";
import { ExactNumber } from "@/lib/json";
import { eachDimension } from "@/lib/run";
import { metricValue } from "@/server/store";
import { contains } from "../contains";

const FIELDS: Record<Exclude<RunField, "tag">, SQL> = {
  ...eachDimension((name) => sql`${runs[name]}`),
  name: sql`${runs.name}`,
  state: sql`case when ${runs.diverged} and ${runs.state} not in ('queued', 'running') then 'diverged' else ${runs.state} end`,
  notes: sql`${runs.notes}`,
  source: sql`${runs.source}`,
  diverged: sql`${runs.diverged}`,
  params: sql`coalesce(${runs.paramsNonEmbedding}, ${runs.paramsTotal}, ${runs.paramsActive})`,
  batchTokens: sql`(${runs.batchSeqs} * coalesce(${runs.seqLen}, 1)::float8)`,
  trainLoss: sql`${runs.lastLoss}`,
  duration: sql`${runs.wallSeconds}`,
  created: sql`${runs.createdAt}`,
};

/** The condition of a filter on `runs`; every value of it is a bound parameter. */
export function whereOf(filter: Filter): SQL {
  switch (filter.kind) {
    case "word":
      return contains(sql`${runs.name}`, filter.text);
    case "not":
      return sql`coalesce(not (${whereOf(filter.of)}), true)`;
    case "and":
    case "or": {
      const parts = filter.of.map((f) => sql`(${whereOf(f)})`);
      return sql.join(parts, filter.kind === "and" ? sql` and ` : sql` or `);
    }
    case "compare":
      return comparison(filter);
  }
}

/** The value of a key for a row of `runs`: a column, a config value as text, or a metric's stored statistic. */
export function columnOf(key: Key): { value: SQL; type: "text" | "number" | "boolean" | "time" } {
  if (key.kind === "metric") return { value: metricValue(key), type: "number" };
  if (key.kind === "config") return { value: sql`(${configValue(key.path)} #>> '{}')`, type: "text" };
  if (key.field === "tag") return { value: sql`array_to_string(${runs.tags}, ' ')`, type: "text" };
  return { value: FIELDS[key.field], type: RUN_FIELDS[key.field] };
}

/** A config value as a number where it is one or a text that reads as one, else null: for sorting and comparing. */
export function configNumber(path: string[]): SQL {
  const value = configValue(path);
  const text = sql`(${value} #>> '{}')`;
  return sql`(case when jsonb_typeof(${value}) = 'number' or jsonb_typeof(${value}) = 'string'
    and ${text} ~ '^[-+]?([0-9]{1,200}([.][0-9]{0,200})?|[.][0-9]{1,200})([eE][-+]?[0-9]{1,3})?$' then ${text}::numeric end)`;
}

/**
 * A config value for sorting: numbers, also those in texts, by value, texts among themselves; null for what has none.
 */
export function configOrder(path: string[]): SQL {
  return sql`coalesce(to_jsonb(${configNumber(path)}), nullif(nullif(${configValue(path)}, 'null'::jsonb), '"NaN"'::jsonb))`;
}

/** More dots in a path than this are taken as they stand. */
const MOST_JOINED = 4;

/** The value at a path: of the exact key first (`{"a.b": 1}`), then along the dots. */
function configValue(path: string[]): SQL {
  const ways = path.length <= MOST_JOINED ? joinings(path) : [[path.join(".")], path];
  const values = ways.map((way) => sql`${runs.config} #> ${pathOf(way)}`);
  return values.length === 1 ? sql`(${values[0]})` : sql`coalesce(${sql.join(values, sql`, `)})`;
}

/** Every way to read the dots of a path as part of a key or between keys, the longest keys first. */
function joinings(path: string[]): string[][] {
  const out: string[][] = [];
  for (let n = path.length; n > 1; n--) {
    for (const rest of joinings(path.slice(n))) out.push([path.slice(0, n).join("."), ...rest]);
  }
  const [first, ...rest] = path;
  if (first !== undefined) for (const way of joinings(rest)) out.push([first, ...way]);
  return path.length === 0 ? [[]] : out;
}

/** `col #> array[...]` with each step bound. */
function pathOf(path: string[]): SQL {
  return sql`array[${sql.join(
    path.map((p) => sql`${p}`),
    sql`, `,
  )}]::text[]`;
}

function comparison({ key, operator, value, spelt }: Comparison): SQL {
  if (operator === "~" || operator === "!~") {
    const like = contains(sql`coalesce(${columnOf(key).value}::text, '')`, String(value));
    return operator === "~" ? like : sql`not ${like}`;
  }
  const compare = sql.raw(operator === "!=" ? "is distinct from" : operator);
  if (key.kind === "field" && key.field === "tag" && (operator === "=" || operator === "!=")) {
    const has = sql`${value} = any(${runs.tags})`;
    return operator === "=" ? has : sql`not ${has}`;
  }
  if (key.kind === "config" && (typeof value === "number" || value instanceof ExactNumber)) {
    const asNumber = sql`${configNumber(key.path)} ${compare} ${String(value)}::numeric`;
    if (operator !== "=" && operator !== "!=") return asNumber;
    const asText = sql`${columnOf(key).value} ${compare} ${spelt ?? String(value)}::text`;
    return operator === "=" ? sql`(${asNumber} or ${asText})` : sql`(${asNumber} and ${asText})`;
  }
  const { value: column, type } = columnOf(key);
  if (type === "number") {
    if (key.kind === "field" && isFraction(value) && (operator === "=" || operator === "!=")) {
      const near = sql`coalesce(abs(${column} - ${value}::float8) <= ${SAME_FRACTION * Math.abs(value)}::float8, false)`;
      return operator === "=" ? near : sql`not ${near}`;
    }
    const same = sql`${column} ${compare} ${String(value)}::float8`;
    // To Postgres NaN is above every number; here it is neither above nor below.
    return operator === "=" || operator === "!=" ? same : sql`(${same} and ${column} <> 'NaN'::float8)`;
  }
  if (type === "time") return sql`${column} ${compare} ${value}::timestamptz`;
  if (type === "boolean") return sql`${column} ${compare} ${value}::boolean`;
  return sql`${column} ${compare} ${value}::text`;
}

/** A number that may have gone through single precision: as `pointFilter` compares it. */
function isFraction(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && !Number.isInteger(value);
}
