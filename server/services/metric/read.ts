import { group } from "d3-array";
import type postgres from "postgres";
import { type Arrival, applyArrivals, concat, NO_POINTS, type Points, slice, upperBound } from "@/lib/series";
import { unpack } from "./codec";
import { decodeSegment } from "./segment";

/** Which columns a reader needs besides steps and values. */
export interface Columns {
  tokens?: boolean;
  times?: boolean;
}

interface ChunkRow {
  run_id: string;
  axis_id: number;
  points: number;
  values: Buffer;
  steps: Buffer;
  tokens: Buffer | null;
  times: Buffer | null;
}

interface SegmentRow {
  run_id: string;
  rewind_to: number | null;
  data: Buffer;
}

/**
 * Visible points of one metric in each of `runs` (run and the metric's number in its project), chunks and inbox of one
 * moment together. `range` bounds the steps. A run without the metric is left out of the map.
 */
export async function readPoints(
  sql: postgres.Sql,
  runs: readonly { runId: string; metricId: number }[],
  columns: Columns = {},
  range: { from: number; to: number } = { from: 0, to: Number.MAX_SAFE_INTEGER },
): Promise<Map<string, Points>> {
  const ids = runs.map((r) => r.runId);
  const metricIds = [...new Set(runs.map((r) => r.metricId))];
  // Two statements on one snapshot: a compaction between them would show points twice or not at all.
  const [chunks, segments] = await sql.begin("isolation level repeatable read read only", (tx) => [
    chunkRows(tx, ids, metricIds, columns, range),
    segmentRows(tx, ids),
  ]);
  const stored = group(chunks, (c) => c.run_id);
  const inbox = group(segments, (s) => s.run_id);
  const out = new Map<string, Points>();
  for (const { runId, metricId } of runs) {
    const points = visiblePoints(stored.get(runId) ?? [], inbox.get(runId) ?? [], metricId);
    if (points.steps.length > 0) out.set(runId, within(points, range));
  }
  return out;
}

/** Points that a rewind hid, ascending in step; `hiddenBy` counts the run's rewinds from 1. */
export async function readHidden(
  sql: postgres.Sql,
  run: { runId: string; metricId: number; hiddenBy: number },
): Promise<Points> {
  const rows = await sql<ChunkRow[]>`
    select c.run_id, c.axis_id, c.points, c.values, a.steps, a.tokens, a.times
    from metric_chunks c join metric_axes a on a.run_id = c.run_id and a.id = c.axis_id
    where c.run_id = ${run.runId} and c.metric_id = ${run.metricId} and c.hidden_by = ${run.hiddenBy}
    order by c.first_step`;
  return concat(rows.map((r) => decodeChunk(r)));
}

/** Chunks join their axes by key; the planner does not know how few they are, and hashing all axes would be worse. */
function chunkRows(
  tx: postgres.TransactionSql,
  runIds: string[],
  metricIds: number[],
  columns: Columns,
  range: { from: number; to: number },
) {
  return tx<ChunkRow[]>`
    select c.run_id, c.axis_id, c.points, c.values, a.steps,
      ${columns.tokens ? tx`a.tokens` : tx`null::bytea as tokens`}, ${columns.times ? tx`a.times` : tx`null::bytea as times`}
    from metric_chunks c join metric_axes a on a.run_id = c.run_id and a.id = c.axis_id
    where c.run_id = any(${runIds}::uuid[]) and c.metric_id = any(${metricIds}::int4[]) and c.hidden_by = 0
      and c.last_step >= ${range.from} and c.first_step <= ${range.to}
    order by c.run_id, c.first_step`;
}

function segmentRows(tx: postgres.TransactionSql, runIds: string[]) {
  return tx<SegmentRow[]>`
    select run_id, rewind_to, data from metric_segments where run_id = any(${runIds}::uuid[]) order by run_id, id`;
}

function visiblePoints(chunks: ChunkRow[], segments: SegmentRow[], metricId: number): Points {
  const stored = chunks.length === 0 ? NO_POINTS : concat(chunks.map((c) => decodeChunk(c)));
  return segments.length === 0 ? stored : applyArrivals(stored, arrivalsOf(segments, metricId));
}

export function arrivalsOf(segments: readonly Omit<SegmentRow, "run_id">[], metricId: number): Arrival[] {
  const wanted = new Set([metricId]);
  return segments.flatMap((s): Arrival[] => [
    ...(s.rewind_to === null ? [] : [{ kind: "rewind" as const, step: s.rewind_to }]),
    ...decodeSegment(s.data, wanted).map((points) => ({ kind: "points" as const, points })),
  ]);
}

function decodeChunk(c: Omit<ChunkRow, "run_id">): Points {
  return {
    steps: unpack(c.steps, c.points),
    values: unpack(c.values, c.points),
    tokens: c.tokens && unpack(c.tokens, c.points),
    times: c.times && unpack(c.times, c.points),
  };
}

function within(points: Points, range: { from: number; to: number }): Points {
  return slice(points, upperBound(points.steps, range.from - 1), upperBound(points.steps, range.to));
}
