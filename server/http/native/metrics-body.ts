import { createHash } from "node:crypto";
import { z } from "zod";
import { LIMITS, METRICS_TYPE, metricBatchSchema } from "@/lib/protocol";
import { EtalonError, type FieldIssue } from "../../errors";
import { type ColumnarBatch, readBatch } from "../../services/metric";
import { parseShallowJson, utf8 } from "../door/body";

/** Published limits, with every answer. */
export const LIMIT_HEADERS = {
  "etalon-limit-points": String(LIMITS.batchPoints),
  "etalon-limit-bytes": String(LIMITS.bodyBytes),
};

export const NDJSON = "application/x-ndjson";
export const BINARY = METRICS_TYPE;

/**
 * A batch from the body of a metrics call. Errors: `malformed` with the place, `invalid` or a ZodError with the field.
 */
export function metricsBody(bytes: Buffer, contentType: string | null, query: URLSearchParams): ColumnarBatch {
  const type = (contentType ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (type === BINARY) return binaryBatch(bytes);
  if (type === NDJSON || type === "application/ndjson" || type === "application/jsonl") return rowsBatch(bytes, query);
  return readBatch(parseShallowJson(utf8(bytes)));
}

const MOST_ISSUES = 20;
const RESERVED = new Set(["step", "tokens", "time"]);
const REALS = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/**
 * Lines such as `{"step": 1, "tokens": 4096, "loss": 2.5}`, one step each; every other key is a metric. NaN and the
 * infinities may stand bare. Writer and number come from `?writer=&seq=`; without them they are made from the content,
 * so that the same text sent twice counts once.
 */
function rowsBatch(bytes: Buffer, query: URLSearchParams): ColumnarBatch {
  const issues: FieldIssue[] = [];
  const columns = new Map<string, { steps: number[]; values: unknown[]; tokens: unknown[]; times: unknown[] }>();
  let [points, rows] = [0, 0];
  for (const { text, line } of linesOf(utf8(bytes))) {
    if (issues.length >= MOST_ISSUES) break;
    if (++rows > LIMITS.batchPoints) throw tooMany(`more than ${LIMITS.batchPoints} lines`);
    const row = rowOf(text, line, issues);
    for (const [metric, value] of row?.metrics ?? []) {
      const c = columns.get(metric) ?? { steps: [], values: [], tokens: [], times: [] };
      columns.set(metric, c);
      c.steps.push(row!.step);
      c.values.push(value);
      c.tokens.push(row!.tokens ?? undefined);
      c.times.push(row!.time ?? undefined);
      if (++points > LIMITS.batchPoints) throw tooMany(`more than ${LIMITS.batchPoints} points`);
    }
  }
  if (issues.length > 0) throw new EtalonError("invalid", "the body has lines that cannot be accepted", issues);
  if (points === 0)
    throw new EtalonError("invalid", "the body has no metric", [{ field: "line 1", message: "no metric" }]);
  const seq = query.get("seq");
  return readBatch({
    writer: query.get("writer") ?? `content ${createHash("sha256").update(bytes).digest("hex")}`,
    seq: seq === null ? 0 : Number(seq),
    series: [...columns].flatMap(([metric, c]) => withKnown(metric, c)),
  });
}

/** Lines that are not blank, one after the other, counted from 1. */
function* linesOf(text: string): Generator<{ text: string; line: number }> {
  for (let start = 0, line = 1; start < text.length; line++) {
    const end = text.indexOf("\n", start);
    const one = text.slice(start, end < 0 ? text.length : end);
    if (one.trim() !== "") yield { text: one, line };
    start = end < 0 ? text.length : end + 1;
  }
}

function tooMany(what: string): EtalonError {
  const message = `${what}; a batch may have ${LIMITS.batchPoints}`;
  return new EtalonError("invalid", message, [{ field: "body", message }]);
}

/** Tokens or times that only some lines have make series of their own: a column is whole or absent. */
function withKnown(metric: string, c: { steps: number[]; values: unknown[]; tokens: unknown[]; times: unknown[] }) {
  const kinds = new Map<string, number[]>();
  c.steps.forEach((_, i) => {
    const kind = `${c.tokens[i] === undefined}${c.times[i] === undefined}`;
    const rows = kinds.get(kind);
    if (rows) rows.push(i);
    else kinds.set(kind, [i]);
  });
  return [...kinds.values()].map((rows) => {
    const pick = (column: unknown[]) => rows.map((i) => column[i]);
    const known = (column: unknown[]) => column[rows[0]!] !== undefined;
    return {
      metric,
      steps: pick(c.steps),
      values: pick(c.values),
      ...(known(c.tokens) && { tokens: pick(c.tokens) }),
      ...(known(c.times) && { times: pick(c.times) }),
    };
  });
}

const step = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const unknownable = z.number().nonnegative().nullish();
const rowSchema = z.object({ step, tokens: unknownable, time: unknownable });

/** A line's step, tokens and time, and whatever else it has that is not null. */
interface Row extends z.output<typeof rowSchema> {
  metrics: [string, unknown][];
}

function rowOf(text: string, line: number, issues: FieldIssue[]): Row | null {
  let value: unknown;
  try {
    value = parseShallowJson(text);
  } catch (e) {
    issues.push({ field: `line ${line}`, message: (e as Error).message });
    return null;
  }
  const row = rowSchema.safeParse(value);
  if (!row.success) {
    for (const i of row.error.issues) issues.push({ field: `line ${line}, ${i.path.join(".")}`, message: i.message });
    return null;
  }
  const metrics = Object.entries(value as object).filter(([metric, v]) => !RESERVED.has(metric) && v !== null);
  for (const [metric, v] of metrics) {
    if (typeof v === "number" ? Number.isFinite(v) : typeof v === "string" && REALS.has(v)) continue;
    const message =
      typeof v === "number" ? "is too large for a double" : `${JSON.stringify(v).slice(0, 40)} is not a number`;
    issues.push({ field: `line ${line}, ${metric}`, message });
    return null;
  }
  return { ...row.data, metrics };
}

const binaryHeader = z.strictObject({
  writer: metricBatchSchema.shape.writer,
  seq: metricBatchSchema.shape.seq,
  rewindTo: metricBatchSchema.shape.rewindTo,
  axes: z.array(
    z.strictObject({
      points: z.number().int().min(0).max(LIMITS.batchPoints),
      tokens: z.boolean(),
      times: z.boolean(),
    }),
  ),
  series: z.array(z.strictObject({ metric: metricBatchSchema.shape.writer, axis: z.number().int().min(0) })),
});

/**
 * u32 length of the header, the header as JSON, padding to 8 bytes, then little-endian doubles: of each axis its steps
 * [, tokens][, times], of each series its values.
 */
function binaryBatch(bytes: Buffer): ColumnarBatch {
  const length = bytes.length >= 4 ? bytes.readUInt32LE(0) : 0;
  const start = Math.ceil((4 + length) / 8) * 8;
  if (length === 0 || start > bytes.length) throw brokenBinary(0, "the header reaches past the end");
  const header = binaryHeader.parse(boundedHeader(parseShallowJson(utf8(bytes.subarray(4, 4 + length)))));
  const wanted =
    header.axes.reduce((n, a) => n + a.points * (1 + Number(a.tokens) + Number(a.times)), 0) +
    header.series.reduce((n, s) => n + (header.axes[s.axis]?.points ?? 0), 0);
  if (bytes.length !== start + 8 * wanted) {
    throw brokenBinary(start, `${bytes.length - start} bytes of columns, but the header says ${8 * wanted}`);
  }
  const doubles = new Float64Array(new Uint8Array(bytes.subarray(start)).buffer);
  let at = 0;
  const take = (n: number) => {
    at += n;
    return doubles.subarray(at - n, at);
  };
  const axes = header.axes.map((a) => ({
    steps: take(a.points),
    tokens: a.tokens ? take(a.points) : null,
    times: a.times ? take(a.points) : null,
  }));
  const series = header.series.map(({ metric, axis }, i) => {
    const columns = axes[axis];
    if (!columns)
      throw new EtalonError("invalid", `there is no axis ${axis}`, [{ field: `series.${i}.axis`, message: `${axis}` }]);
    return { metric, ...columns, values: take(columns.steps.length) };
  });
  checkColumns(axes);
  const points = series.reduce((n, s) => n + s.steps.length, 0);
  if (points > LIMITS.batchPoints || (series.length === 0 && header.rewindTo === undefined)) {
    const message = `${points} points; a batch may have 1 to ${LIMITS.batchPoints}`;
    throw new EtalonError("invalid", message, [{ field: "series", message }]);
  }
  return { writer: header.writer, seq: header.seq, rewindTo: header.rewindTo ?? null, series };
}

/** Refuses lists that no batch can need before each of their entries is looked at. */
function boundedHeader(header: unknown): unknown {
  if (typeof header !== "object" || header === null) return header;
  for (const list of ["axes", "series"] as const) {
    const length = (header as Record<string, unknown[] | undefined>)[list]?.length;
    if (typeof length === "number" && length > LIMITS.batchPoints) throw tooMany(`${length} ${list}`);
  }
  return header;
}

/** The same rules as for JSON: whole steps, tokens and times that are finite and not negative. */
function checkColumns(axes: { steps: Float64Array; tokens: Float64Array | null; times: Float64Array | null }[]): void {
  axes.forEach((a, i) => {
    const rules = [
      ["steps", a.steps, (v: number) => Number.isSafeInteger(v) && v >= 0],
      ["tokens", a.tokens, (v: number) => v >= 0 && v < Number.POSITIVE_INFINITY],
      ["times", a.times, (v: number) => v >= 0 && v <= 8.64e15],
    ] as const;
    for (const [name, column, good] of rules) {
      const bad = column?.findIndex((v) => !good(v)) ?? -1;
      if (bad >= 0) {
        const message = `${column![bad]} is not accepted`;
        throw new EtalonError("invalid", message, [{ field: `axes.${i}.${name}.${bad}`, message }]);
      }
    }
  });
}

function brokenBinary(at: number, what: string): EtalonError {
  return new EtalonError("malformed", `the binary body breaks at byte ${at}: ${what}`, [
    { field: "body", message: `byte ${at}` },
  ]);
}
