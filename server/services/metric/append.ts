import { sum } from "d3-array";
import { LIMITS, type MetricBatch, metricBatchSchema } from "@/lib/protocol";
import type { Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { announceSoon } from "@/server/event";
import { authoriseIngest } from "../job";
import { type ColumnarBatch, columnarBatch } from "./columns";
import { metricIds } from "./names";
import { encodeSegment } from "./segment";
import { writeBatch } from "./writer";

/**
 * Stores one batch, all or nothing and exactly once: (run, writer, seq) is remembered for ever. Resolves when it is
 * durable, to the number of points accepted; 0 and `duplicate` for a batch that was stored before.
 * Errors: `invalid` with the field, `not_found` for a run that the team does not have, `too_many` under overload.
 */
export async function appendMetrics(ctx: Context, input: { runId: string; batch: ColumnarBatch }) {
  const { runId, batch } = input;
  await authoriseIngest(ctx, runId);
  const { projectId, ids } = await metricIds(
    ctx,
    runId,
    batch.series.map((s) => s.metric),
  );
  const points = batch.series.reduce((n, s) => n + s.steps.length, 0);
  // Named rather than spread, which takes the engine many times as long.
  const data = encodeSegment(
    batch.series.map(({ steps, tokens, times, values }, i) => ({ metricId: ids[i]!, steps, tokens, times, values })),
  );
  const { writer, seq, rewindTo } = batch;
  const stored = await writeBatch(ctx.sql, { runId, writer, seq, points, rewindTo, data });
  if (stored) announceSoon(ctx, { projectId, id: runId, kind: "metrics" });
  if (stored && rewindTo !== null) announceSoon(ctx, { projectId, id: runId, kind: "rewind" });
  return { accepted: stored ? points : 0, duplicate: !stored };
}

/** A batch from parsed JSON. Errors: `invalid` for more entries than a batch may have, else a ZodError that names each field. */
export function readBatch(value: unknown): ColumnarBatch {
  const read = columnarBatch(value);
  if (read) return read;
  checkSize(value);
  return columnsOf(metricBatchSchema.parse(value));
}

/** The schema looks at every entry and has an issue for each that is bad: it only gets what could be a batch by its size. */
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
