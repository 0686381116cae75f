import { ExactNumber } from "../json";
import { anyParams, dimensionCalled, type RunPoint } from "../run";
import { type Comparison, type Filter, type Key, keyText, RUN_FIELDS } from "./keys";
import { FilterError, parseFilter } from "./parse";

/**
 * A test of points from the text that chooses runs everywhere: what holds for a stored run holds for its point. Throws
 * a FilterError, also for what points do not have: a config, metrics, a name.
 */
export function pointFilter(text: string): (point: RunPoint) => boolean {
  const filter = parseFilter(text);
  return filter ? matcherOf(filter) : () => true;
}

type Matcher = (point: RunPoint) => boolean;

function matcherOf(filter: Filter): Matcher {
  switch (filter.kind) {
    case "word":
      throw unknown(`the name "${filter.text}"`);
    case "not": {
      const inner = matcherOf(filter.of);
      return (p) => !inner(p);
    }
    case "and":
    case "or": {
      const parts = filter.of.map(matcherOf);
      return filter.kind === "and" ? (p) => parts.every((part) => part(p)) : (p) => parts.some((part) => part(p));
    }
    case "compare":
      return comparison(filter);
  }
}

type Value = number | string | boolean | null;

function comparison({ key, operator, value }: Comparison): Matcher {
  const comparable = value instanceof ExactNumber ? value.valueOf() : value;
  if (key.kind === "field" && key.field === "tag") {
    const has = tagMatcher(operator, String(value));
    if (has) return has;
  }
  const of = readerFor(key);
  if (operator === "~" || operator === "!~") {
    const part = String(value).toLowerCase();
    return (p) =>
      String(of(p) ?? "")
        .toLowerCase()
        .includes(part) ===
      (operator === "~");
  }
  if (operator === "=") return (p) => isEqual(of(p), comparable);
  if (operator === "!=") return (p) => !isEqual(of(p), comparable);
  return (p) => isInOrder(of(p), operator, comparable);
}

function tagMatcher(operator: Comparison["operator"], tag: string): Matcher | null {
  if (operator === "=") return (p) => p.tags?.includes(tag) ?? false;
  if (operator === "!=") return (p) => !p.tags?.includes(tag);
  return null;
}

function readerFor(key: Key): (point: RunPoint) => Value {
  const dimension = key.kind === "field" ? dimensionCalled(key.field) : null;
  if (key.kind !== "field") throw unknown(keyText(key));
  switch (key.field) {
    case "params":
      return anyParams;
    case "batchTokens":
      return (p) => p.batchSeqs * (p.seqLen ?? 1);
    case "diverged":
      return (p) => p.state === "diverged";
    case "state":
      return (p) => p.state;
    case "tag":
      return (p) => (p.tags ?? []).join(" ");
    default:
      if (!dimension) throw unknown(`"${key.field}"`);
      return (p) => p[dimension] ?? null;
  }
}

function unknown(what: string): FilterError {
  return new FilterError(`${what} is not known of the points of a law; fields are ${pointKeys.join(", ")}`, 0);
}

const POINT_FIELDS = { params: true, batchTokens: true, diverged: true, state: true, tag: true };

/** What points are chosen by. */
export const pointKeys = Object.keys(RUN_FIELDS).filter((f) => f in POINT_FIELDS || dimensionCalled(f));

/** The values that points have of a key, as a filter writes them: numbers by value, then texts. */
export function pointValues(points: readonly RunPoint[], key: Key): string[] {
  if (key.kind === "field" && key.field === "tag") return [...new Set(points.flatMap((p) => p.tags ?? []))].sort();
  const of = readerFor(key);
  const values = [...new Set(points.map(of))].filter((v) => v !== null);
  const numbers = values.filter((v) => typeof v === "number").sort((p, q) => p - q);
  return [...numbers, ...values.filter((v) => typeof v !== "number").sort()].map(String);
}

/** Numbers with a fraction may have gone through single precision: 0.001 is 0.0010000000475 there. */
export const SAME_FRACTION = 1e-6;

function isEqual(p: Value, q: Value): boolean {
  if (typeof p !== "number" || typeof q !== "number") return p === q;
  if (Object.is(p, q) || p === q) return true;
  return !Number.isInteger(q) && Math.abs(p - q) <= SAME_FRACTION * Math.abs(q);
}

function isInOrder(p: Value, operator: "<" | "<=" | ">" | ">=" | string, q: Value): boolean {
  if (p === null || q === null || typeof p !== typeof q) return false;
  if (operator === "<") return p < q;
  if (operator === "<=") return p <= q;
  return operator === ">" ? p > q : p >= q;
}
