import { sum } from "d3-array";
import { LIMITS, type MetricBatch, metricBatchSchema } from "@/lib/protocol";
import { EtalonError } from "@/server/errors";
import type { ColumnarBatch } from "@/server/store";
import { columnarBatch } from "./columns";

/**
 * A batch from parsed JSON. Errors: `invalid` for more entries than a batch may have, else a ZodError that names each
 * field.
 */
export function readBatch(value: unknown): ColumnarBatch {
  const read = columnarBatch(value);
  if (read) return read;
  checkSize(value);
  return columnsOf(metricBatchSchema.parse(value));
}

/**
 * The schema looks at every entry and has an issue for each that is bad: it only gets what could be a batch by its
 * size.
 */
function checkSize(value: unknown): void {
  const lengths = (v: unknown) =>
    typeof v === "object" && v !== null
      ? COLUMNS.map((c) => (v as Record<string, unknown>)[c]).map((c) => (Array.isArray(c) ? c.length : 0))
      : [];
  const series = (value as { series?: unknown } | null)?.series;
  const all = Array.isArray(series) ? series : [];
  let [points, entries] = [0, all.length];
  for (const part of [value, ...all.slice(0, LIMITS.batchPoints + 1)]) {
    const [values = 0, ...axis] = lengths(part);
    points += values;
    entries += values + sum(axis);
  }
  if (points <= LIMITS.batchPoints && entries <= 5 * LIMITS.batchPoints) return;
  const message =
    points > LIMITS.batchPoints
      ? `${points} points; a batch may have ${LIMITS.batchPoints}`
      : `${entries} entries of columns, for ${points} points; a batch may have ${LIMITS.batchPoints} points`;
  throw new EtalonError("invalid", message, [{ field: "series", message }]);
}

const COLUMNS = ["values", "steps", "tokens", "times"];

/** The columns of a batch that the schema has read. */
export function columnsOf({ writer, seq, rewindTo, series, ...shared }: MetricBatch): ColumnarBatch {
  const column = (values: number[] | undefined) => (values ? Float64Array.from(values) : null);
  const axis = (s: Pick<MetricBatch, "steps" | "tokens" | "times">) => ({
    steps: Float64Array.from(s.steps ?? []),
    tokens: column(s.tokens),
    times: column(s.times),
  });
  const common = axis(shared);
  return {
    writer,
    seq,
    rewindTo: rewindTo ?? null,
    series: series.map((s) => ({
      metric: s.metric,
      ...(s.steps ? axis(s) : common),
      values: Float64Array.from(s.values),
    })),
  };
}
