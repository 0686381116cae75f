import { stringEnd } from "./scan";

export { overLimit, syntaxError } from "./scan";

/** A number of which a double would lose digits, such as a 64-bit integer: its digits as they were written. */
export class ExactNumber {
  constructor(readonly digits: string) {}

  toString(): string {
    return this.digits;
  }

  /** The nearest double. */
  valueOf(): number {
    return Number(this.digits);
  }
}

/** Only a number this long can lose digits as a double. */
const LONG_NUMBER = /[\d.]{16}|[eE][+-]?\d{3}/;
const NUMBER_PART = /[-+.\deE]/;
/**
 * Begins the text that stands for a number while the engine's parser or writer is at work; no stored text can hold
 * U+0000.
 */
const MARK = "\u0000number ";

const MOST_DIGITS = 1_000;
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * JSON in which no number loses a digit: those that a double does not hold come as `ExactNumber`. Errors: SyntaxError;
 * RangeError for a number of more than a thousand digits.
 */
export function readJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return LONG_NUMBER.test(text) ? exact(JSON.parse(longNumbersMarked(text))) : value;
}

const WORDS = ["NaN", "Infinity", "-Infinity"];

/** Bare NaN and infinities, as several languages write them into JSON, in quotes or as `stand` says. */
export function quoteWords(text: string, stand = (word: string) => `"${word}"`): string {
  const parts: string[] = [];
  let kept = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') i = stringEnd(text, i) - 1;
    if (c !== "N" && c !== "I" && c !== "-") continue;
    const word = WORDS.find((w) => text.startsWith(w, i));
    if (!word) continue;
    parts.push(text.slice(kept, i), stand(word));
    kept = i + word.length;
    i = kept - 1;
  }
  return parts.length === 0 ? text : parts.join("") + text.slice(kept);
}

/**
 * JSON of any value: NaN and the infinities as words in quotes, -0 with its sign, exact numbers and big integers with
 * all their digits, dates as ISO text.
 */
export function writeJson(value: unknown): string {
  if (!needsCare(value)) return JSON.stringify(value);
  return JSON.stringify(value, marked).replace(/"\\u0000number ([^"]*)"/g, "$1");
}

/** Every value of a nested object that is no object itself: path, joined by dots, and the value as JSON. */
export function leaves(value: unknown, path = ""): [string, string][] {
  const inner = typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
  if (!inner) return [[path, writeJson(value)]];
  return Object.entries(value).flatMap(([k, v]) => leaves(v, path ? `${path}.${k}` : k));
}

function marked(_key: string, v: unknown): unknown {
  if (typeof v === "number") {
    if (!Number.isFinite(v)) return String(v);
    return Object.is(v, -0) ? `${MARK}-0.0` : v;
  }
  return typeof v === "bigint" || v instanceof ExactNumber ? `${MARK}${v}` : v;
}

/** Whether the engine's own writer would change something of the value. */
function needsCare(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value) || Object.is(value, -0);
  if (typeof value === "bigint" || value instanceof ExactNumber) return true;
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) ? value.some(needsCare) : Object.values(value).some(needsCare);
}

/** Valid JSON with each number that a double does not hold as a marked text. */
function longNumbersMarked(text: string): string {
  const parts: string[] = [];
  let kept = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 34) i = stringEnd(text, i) - 1;
    else if (c === 45 || (c >= 48 && c <= 57)) {
      let end = i + 1;
      while (end < text.length && NUMBER_PART.test(text[end]!)) end++;
      const digits = text.slice(i, end);
      if (!isHeld(digits)) {
        requireShort(digits);
        parts.push(text.slice(kept, i), JSON.stringify(MARK + digits));
        kept = end;
      }
      i = end - 1;
    }
  }
  return parts.length === 0 ? text : parts.join("") + text.slice(kept);
}

/** A database would keep `1e100000` in a few bytes, and give back as many digits as it says. */
function requireShort(digits: string): void {
  const exponent = Math.abs(Number(/[eE]([+-]?\d+)$/.exec(digits)?.[1] ?? 0));
  if (digits.length + exponent > MOST_DIGITS) {
    throw new RangeError(`the number ${digits.slice(0, 40)} has more than ${MOST_DIGITS} digits`);
  }
}

/** Whether the double nearest to a number of JSON is that number. */
function isHeld(digits: string): boolean {
  if (digits.length < 16 && !/[eE]/.test(digits)) return true;
  const value = Number(digits);
  return Number.isFinite(value) && plainDigits(digits) === plainDigits(String(value));
}

/** Sign, digits without zeros at either end, and exponent: equal for equal numbers. */
function plainDigits(text: string): string {
  const [, sign, whole, part = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = `${whole}${part}`;
  const first = all.search(/[1-9]/);
  if (first < 0) return "0";
  let end = all.length;
  while (all[end - 1] === "0") end--;
  return `${sign}${all.slice(first, end)} ${Number(exponent) + whole!.length - first}`;
}

function exact(value: unknown): unknown {
  if (typeof value === "string") {
    const digits = value.startsWith(MARK) ? value.slice(MARK.length) : "";
    return NUMBER.test(digits) ? new ExactNumber(digits) : value;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(exact);
  for (const [key, v] of Object.entries(value)) {
    const read = exact(v);
    if (read !== v)
      Object.defineProperty(value, key, { value: read, enumerable: true, configurable: true, writable: true });
  }
  return value;
}
