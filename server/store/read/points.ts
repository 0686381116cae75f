import { group } from "d3-array";
import type postgres from "postgres";
import { type Arrival, applyArrivals, type Points, slice, upperBound } from "@/lib/series";
import { decodeSegment } from "../format/segment";
import { binaryRows } from "./binary";
import { ALL_STEPS, chunkDecoder, type PackedChunk, type PackedPoints, type StepRange, unpacked } from "./decode";

/** Which columns a reader needs besides steps and values. */
export interface Columns {
  tokens?: boolean;
  times?: boolean;
}

interface ChunkRow extends PackedChunk {
  runId: string;
}

/** A batch of the inbox. */
interface SegmentRow {
  run_id: string;
  rewind_to: number | null;
  data: Buffer;
}

type RunMetric = { runId: string; metricId: number };

/**
 * Visible points of one metric in each of `runs` (run and the metric's number in its project), chunks and inbox of one
 * moment together. `range` bounds the steps. A run without the metric is left out of the map.
 */
export async function readPoints(
  sql: postgres.Sql,
  runs: readonly RunMetric[],
  columns: Columns = {},
  range: StepRange = ALL_STEPS,
): Promise<Map<string, Points>> {
  const packed = await readPacked(sql, runs, columns, range);
  return new Map([...packed].map(([runId, points]) => [runId, unpacked(points)]));
}

/** The same with values that are not decoded yet: many runs need not be held in memory at once. */
export async function readPacked(
  sql: postgres.Sql,
  runs: readonly RunMetric[],
  columns: Columns = {},
  range: StepRange = ALL_STEPS,
): Promise<Map<string, PackedPoints>> {
  const ids = runs.map((r) => r.runId);
  const metricIds = [...new Set(runs.map((r) => r.metricId))];
  // Two statements on one snapshot: a compaction between them would show points twice or not at all.
  const [chunks, segments] = await sql.begin("isolation level repeatable read read only", (tx) => [
    visibleChunks(tx, ids, metricIds, columns, range),
    segmentRows(tx, ids),
  ]);
  const stored = group(chunks, (c) => c.runId);
  const inbox = group(segments, (s) => s.run_id);
  const decode = chunkDecoder(range);
  const out = new Map<string, PackedPoints>();
  for (const { runId, metricId } of runs) {
    const settled = decode(stored.get(runId) ?? []);
    const arrivals = arrivalsOf(inbox.get(runId) ?? [], metricId);
    const points = arrivals.length === 0 ? settled : withArrivals(settled, arrivals, range);
    if (points.steps.length > 0) out.set(runId, points);
  }
  return out;
}

/** Points that a rewind hid, ascending in step; `hiddenBy` counts the run's rewinds from 1. */
export async function readHidden(
  sql: postgres.Sql,
  run: { runId: string; metricId: number; hiddenBy: number },
): Promise<Points> {
  const chunks = await sql.begin((tx) =>
    chunkRows(
      tx,
      { tokens: true, times: true },
      tx`c.run_id = ${run.runId} and c.metric_id = ${run.metricId} and c.hidden_by = ${run.hiddenBy}`,
    ),
  );
  return unpacked(chunkDecoder(ALL_STEPS)(chunks));
}

function visibleChunks(
  tx: postgres.TransactionSql,
  runIds: string[],
  metricIds: number[],
  columns: Columns,
  range: StepRange,
): Promise<ChunkRow[]> {
  return chunkRows(
    tx,
    columns,
    tx`c.run_id = any(${runIds}::uuid[]) and c.metric_id = any(${metricIds}::int4[]) and c.hidden_by = 0
      and c.last_step >= ${range.from} and c.first_step <= ${range.to}`,
  );
}

/** Chunks join their axes by key; the planner does not know how few they are, and hashing all axes would be worse. */
async function chunkRows(
  tx: postgres.TransactionSql,
  columns: Columns,
  where: postgres.PendingQuery<postgres.Row[]>,
): Promise<ChunkRow[]> {
  const rows = await binaryRows(
    tx,
    tx`select c.run_id::text, c.points, c.values, a.steps,
        ${columns.tokens ? tx`a.tokens` : tx`null::bytea`}, ${columns.times ? tx`a.times` : tx`null::bytea`}
      from metric_chunks c join metric_axes a on a.run_id = c.run_id and a.id = c.axis_id
      where ${where} order by c.run_id, c.first_step`,
  );
  return rows.map(([runId, points, values, steps, tokens, times]) => ({
    runId: runId!.toString(),
    points: points!.readInt32BE(),
    values: values!,
    steps: steps!,
    tokens: tokens ?? null,
    times: times ?? null,
  }));
}

function segmentRows(tx: postgres.TransactionSql, runIds: string[]) {
  return tx<SegmentRow[]>`
    select run_id, rewind_to, data from metric_segments where run_id = any(${runIds}::uuid[]) order by run_id, id`;
}

function arrivalsOf(segments: readonly SegmentRow[], metricId: number): Arrival[] {
  const wanted = new Set([metricId]);
  return segments.flatMap((s): Arrival[] => [
    ...(s.rewind_to === null ? [] : [{ kind: "rewind" as const, step: s.rewind_to }]),
    ...decodeSegment(s.data, wanted).map((points) => ({ kind: "points" as const, points })),
  ]);
}

function withArrivals(settled: PackedPoints, arrivals: Arrival[], range: StepRange): PackedPoints {
  const points = applyArrivals(unpacked(settled), arrivals);
  const visible = slice(points, upperBound(points.steps, range.from - 1), upperBound(points.steps, range.to));
  return { ...visible, values: () => visible.values };
}
