import { LIMITS } from "@/lib/protocol";
import type { Axis } from "@/lib/series";
import type { ColumnarBatch } from "@/server/store";

const BATCH_FIELDS = new Set(["writer", "seq", "rewindTo", "series", "steps", "tokens", "times"]);
const SERIES_FIELDS = new Set(["metric", "steps", "values", "tokens", "times"]);
const MOST_MS = 8.64e15;

/**
 * Reads a batch of `metricBatchSchema` in one pass over its arrays, which the schema would take in many steps an entry;
 * null for anything that the schema would refuse, so that the schema then says what is wrong.
 */
export function columnarBatch(value: unknown): ColumnarBatch | null {
  if (!isRecord(value) || !onlyFields(value, BATCH_FIELDS)) return null;
  const { writer, seq, rewindTo, series } = value;
  if (!isName(writer) || !isStep(seq) || !(rewindTo === undefined || isStep(rewindTo)) || !Array.isArray(series)) {
    return null;
  }
  if (series.length === 0 && rewindTo === undefined) return null;
  const shared =
    value.steps === undefined && value.tokens === undefined && value.times === undefined ? null : readAxis(value);
  if (shared === undefined) return null;
  const out: ColumnarBatch["series"] = [];
  let points = 0;
  for (const s of series) {
    const read = columnarSeries(s, shared);
    if (!read) return null;
    points += read.steps.length;
    if (points > LIMITS.batchPoints) return null;
    out.push(read);
  }
  return { writer, seq, rewindTo: rewindTo ?? null, series: out };
}

function columnarSeries(s: unknown, shared: Axis | null): ColumnarBatch["series"][number] | null {
  if (!isRecord(s) || !onlyFields(s, SERIES_FIELDS) || !isName(s.metric)) return null;
  const own = s.steps !== undefined;
  if (!own && (s.tokens !== undefined || s.times !== undefined)) return null;
  const axis = own ? readAxis(s) : shared;
  const values = axis && column(s.values, axis.steps.length, () => true, REALS);
  if (!values) return null;
  const { steps, tokens, times } = axis;
  return { metric: s.metric, steps, tokens, times, values };
}

/** Undefined for what the schema would refuse. */
function readAxis({ steps, tokens, times }: Record<string, unknown>): Axis | undefined {
  if (!Array.isArray(steps)) return undefined;
  const n = steps.length;
  const axis = {
    steps: column(steps, n, isStep),
    tokens: tokens === undefined ? null : column(tokens, n, (v) => v >= 0 && v < Number.POSITIVE_INFINITY),
    times: times === undefined ? null : column(times, n, (v) => v >= 0 && v <= MOST_MS),
  };
  return axis.steps && axis.tokens !== undefined && axis.times !== undefined ? (axis as Axis) : undefined;
}

const REALS: Record<string, number> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

/** `n` numbers that pass `test` as doubles; undefined where the array is anything else. */
function column(
  array: unknown,
  n: number,
  test: (v: number) => boolean,
  words?: Record<string, number>,
): Float64Array | undefined {
  if (!Array.isArray(array) || array.length !== n) return undefined;
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const v: unknown = array[i];
    if (typeof v === "number" && Number.isFinite(v) && test(v)) out[i] = v;
    else if (words && typeof v === "string" && Object.hasOwn(words, v)) out[i] = words[v]!;
    else return undefined;
  }
  return out;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function onlyFields(value: Record<string, unknown>, known: ReadonlySet<string>): boolean {
  for (const field in value) if (!known.has(field)) return false;
  return true;
}

function isStep(v: unknown): v is number {
  return Number.isSafeInteger(v) && (v as number) >= 0;
}

/**
 * Short names of plain characters, nearly all there are, need no closer look; others are left to the schema's rules.
 */
function isName(v: unknown): v is string {
  if (typeof v !== "string" || v.length === 0) return false;
  if (v.length <= LIMITS.nameBytes && /^[ -~]*$/.test(v)) return true;
  return Buffer.byteLength(v) <= LIMITS.nameBytes && !v.includes("\0") && isWellFormed(v);
}

function isWellFormed(v: string): boolean {
  return Buffer.from(v).toString() === v;
}
