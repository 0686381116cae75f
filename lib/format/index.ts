export { apart } from "./apart";
export { readNumber } from "./read-number";
export { time } from "./time";

/** How numbers are written for people, in one place. Data are never rounded; only what is shown is. Unknown is "-". */

type Maybe = number | null | undefined;

const UNKNOWN = "-";
const MOST_DECIMALS = 8;

function special(value: Maybe): string | null {
  if (value === null || value === undefined) return UNKNOWN;
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  return null;
}

/** A learning rate, with two or three significant digits: 0.004, 0.00357, 3.2e-5. */
export function learningRate(value: Maybe, digits = 3): string {
  const text = special(value);
  if (text) return text;
  const rounded = Number(value!.toPrecision(digits));
  if (rounded === 0) return "0";
  return Math.abs(rounded) >= 1e-4 ? String(rounded) : rounded.toExponential().replace("e+", "e");
}

/**
 * Tokens: 131072 -> "128Ki" (exact multiples of 1,024), 128000 -> "128k", 1e9 -> "1B", 1.25e12 -> "1.25T"; `readNumber` reads
 * it back.
 */
export function tokenCount(value: Maybe, digits?: number): string {
  const text = special(value);
  if (text) return text;
  const v = value!;
  for (const [unit, letter] of [
    [1024 ** 2, "Mi"],
    [1024, "Ki"],
  ] as const) {
    if (v >= unit && v / unit < 1024 && v % unit === 0 && v % 1000 !== 0) return `${v / unit}${letter}`;
  }
  return metric(v, digits);
}

/** Parameters: 26624 -> "26.6k", 3.5e9 -> "3.5B". */
export function paramCount(value: Maybe, digits?: number): string {
  return special(value) ?? metric(value!, digits);
}

function metric(v: number, digits = 3): string {
  const rounded = Number(v.toPrecision(digits));
  for (const [unit, letter] of [
    [1e12, "T"],
    [1e9, "B"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const) {
    if (Math.abs(rounded) >= unit) return `${Number((rounded / unit).toPrecision(digits))}${letter}`;
  }
  return String(rounded);
}

/** A batch in sequences, with its tokens where the sequence length is known: "8 seq (512 tok)". */
export function batch(batchSeqs: Maybe, seqLen: Maybe): string {
  const text = special(batchSeqs);
  if (text) return text;
  return seqLen ? `${batchSeqs} seq (${tokenCount(batchSeqs! * seqLen)} tok)` : `${batchSeqs} seq`;
}

/** A loss in its own unit (nats a token, where nothing else is said), with four decimals. */
export function loss(value: Maybe): string {
  return special(value) ?? value!.toFixed(4);
}

/** A plain number with `digits` significant digits. */
export function significant(value: Maybe, digits = 3): string {
  return special(value) ?? String(Number(value!.toPrecision(digits)));
}

/**
 * "0.59 ± 0.03": the uncertainty with its first two digits, the value to the same place; "1 ± 3e-13" where that is far.
 */
export function plusMinus(value: Maybe, error: Maybe): string {
  const text = special(value);
  if (text) return text;
  if (error === null || error === undefined || !Number.isFinite(error) || error <= 0) return significant(value);
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(error)));
  if (decimals > MOST_DECIMALS) return `${significant(value, MOST_DECIMALS)} ± ${significant(error, 1)}`;
  return `${value!.toFixed(decimals)} ± ${error.toFixed(decimals)}`;
}

/** A fraction as percent: 0.0025 -> "0.25%". */
export function percent(fraction: Maybe, decimals = 2): string {
  const text = special(fraction);
  return text ?? `${(fraction! * 100).toFixed(decimals)}%`;
}

/** Seconds: "2 h 14 m", "3 m 20 s", "4.2 s". */
export function duration(seconds: Maybe): string {
  const text = special(seconds);
  if (text) return text;
  const s = seconds!;
  if (s < 10) return `${s.toFixed(1)} s`;
  const whole = Math.round(s);
  if (whole < 60) return `${whole} s`;
  const m = Math.floor(whole / 60);
  if (m < 60) return `${m} m ${whole % 60} s`;
  const h = Math.floor(m / 60);
  if (h < 48) return `${h} h ${m % 60} m`;
  return `${Math.floor(h / 24)} d ${h % 24} h`;
}

/** "1 run", "2 runs", "0 runs"; `many` where it is not the word with an s: counted(2, "optimum", "optima"). */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
