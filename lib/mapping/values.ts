import { readNumber } from "../format";
import { type EndState, fieldOf, type MappedValues, type MappingField, mappingFields } from "./definitions";
import { ExpressionError, type Lookup } from "./expression";
import type { Reader } from "./source";

export type ValueProblem = { dimension: MappingField; value: string; message: string };

const NEEDED: ReadonlySet<MappingField> = new Set(["peakLr", "tokens", "finalLoss"]);
const EMPTY = /^(|-|null|none|n\/?a|<na>|nat|nil|missing|\.)$/i;
/** Words of programs and spreadsheets for a loss that is no finite number. */
const NO_LOSS =
  /^([+-]?(1\.#)?(nan|qnan|snan|ind)(\(.*\))?|1\.#(inf|qnan|ind)|[+-]?inf(inity)?|[+-]?∞|diverged|#(n\/a|num!|div\/0!|value!))$/i;
const STATES: [EndState, RegExp][] = [
  ["finished", /^(finished|complete[d]?|success(ful)?|succeeded|done|ok|ended|published)$/i],
  ["diverged", /^(diverged|nan|exploded)$/i],
  [
    "unfinished",
    /^(running|in[_ -]?progress|created|active|queued|pending|scheduled|waiting|crashed|failed|failure|error(ed)?|killed|cancell?ed|aborted|preempt(ed|ing)|stopped|timed?[ _]?out|pruned|paused)$/i,
  ],
];
// A column of booleans with gaps is one of numbers, or of NaN and numbers, once a program has written it.
const YES = /^(1(\.0+)?|true|t|yes|y|diverged)$/i;
const NO = /^(0(\.0+)?|false|f|no|n)$/i;

/**
 * The typed dimensions of one run. A loss that is NaN or infinite is NaN: the run diverged; an empty one is unknown.
 * What a name of its own accord supplies (`implicit`) is left unknown where it does not fit; what was mapped and does
 * not fit is a problem.
 */
export function valuesOf(
  readers: ReadonlyMap<MappingField, Reader>,
  lookup: Lookup,
): { values: MappedValues; problems: ValueProblem[] } {
  const problems: ValueProblem[] = [];
  const values = Object.fromEntries(mappingFields.map((f) => [f, null])) as Record<
    MappingField,
    number | string | null
  >;
  for (const [dimension, { read, implicit, names }] of readers) {
    let raw: unknown;
    try {
      raw = read(lookup);
    } catch (e) {
      if (!(e instanceof ExpressionError)) throw e;
      const said = fieldOf(dimension).kind === "loss" ? wordsOf(names, lookup) : null;
      if (said !== null) {
        values[dimension] = said.value;
        continue;
      }
      if (!implicit || NEEDED.has(dimension)) problems.push({ dimension, value: "", message: e.message });
      continue;
    }
    const parsed = parse(dimension, raw);
    if ("value" in parsed) values[dimension] = parsed.value;
    else if (!implicit || NEEDED.has(dimension)) {
      problems.push({ dimension, value: shown(raw), message: parsed.message });
    }
  }
  return { values: values as MappedValues, problems };
}

/** What the words of an expression's names say of a loss that is none: diverged or unknown. Null for other words. */
function wordsOf(names: readonly string[], lookup: Lookup): { value: number | null } | null {
  const words = names.map(lookup).filter((raw) => raw !== undefined);
  if (words.some((raw) => NO_LOSS.test(shown(raw)))) return { value: Number.NaN };
  return words.some((raw) => EMPTY.test(shown(raw))) ? { value: null } : null;
}

function parse(field: MappingField, raw: unknown): { value: number | string | null } | { message: string } {
  const text = shown(raw);
  const { kind, choices = [] } = fieldOf(field);
  switch (kind) {
    case "text":
      return { value: text === "" ? null : text };
    case "flag":
      if (EMPTY.test(text) || /^nan$/i.test(text)) return { value: 0 };
      if (YES.test(text)) return { value: 1 };
      return NO.test(text) ? { value: 0 } : { message: "is not yes or no" };
    case "choice": {
      const choice = choices.find((c) => c === text.toLowerCase());
      if (text === "" || choice) return { value: choice ?? null };
      return { message: `is not one of ${choices.join(", ")}` };
    }
    case "state": {
      if (EMPTY.test(text)) return { value: null };
      const word = text.replace(/^\w*(state|status)\./i, ""); // an enumeration of Python: TrialState.COMPLETE
      const state = STATES.find(([, words]) => words.test(word));
      return state ? { value: state[0] } : { message: "is not a state such as finished, failed or running" };
    }
    case "loss": {
      if (EMPTY.test(text)) return { value: null };
      if (NO_LOSS.test(text)) return { value: Number.NaN };
      const value = readNumber(text);
      if (value === null) return { message: "is not a number" };
      return value > 0 ? { value } : { message: "is not a positive number" };
    }
    case "integer": {
      if (EMPTY.test(text)) return { value: null };
      const value = readNumber(text) ?? Number.NaN;
      if (Number.isInteger(value) && !Number.isSafeInteger(value))
        return { message: "is larger than 2^53, which no column holds" };
      return Number.isInteger(value) ? { value } : { message: "is not a whole number" };
    }
    default: {
      if (EMPTY.test(text)) return { value: null };
      const value = readNumber(text) ?? Number.NaN;
      if (kind === "nonNegative" && value >= 0 && value < Number.POSITIVE_INFINITY) return { value };
      if (!Number.isFinite(value) || value <= 0)
        return { message: kind === "nonNegative" ? "is neither 0 nor a positive number" : "is not a positive number" };
      if (kind === "count" && !Number.isInteger(value)) {
        return { message: "is not a whole number" };
      }
      return { value };
    }
  }
}

function shown(raw: unknown): string {
  if (raw === null || raw === undefined) return "";
  return (typeof raw === "object" ? JSON.stringify(raw) : String(raw)).trim();
}
