import { group } from "d3-array";
import type postgres from "postgres";
import { ascending, earliest, type Points, type Summary, slice, summarise } from "@/lib/series";
import { unpack } from "../format/codec";
import { decodeSegment } from "../format/segment";
import { type ChunkMeta, chunkSizes, deleteChunks, loadChunks, mergeInto, writeChunks } from "./chunks";
import { refreshSummaries } from "./summaries";

/** Points of the inbox that one pass takes on; a pass holds them, and the chunks they touch, in memory. */
const MOST_POINTS = 400_000;

interface Segment {
  id: number;
  points: number;
  rewind_to: number | null;
  data: Buffer;
  at: string;
}

/** Waits until nobody else rewrites the run's chunks; until `tx` ends nobody begins to. */
export async function lockChunks(tx: postgres.TransactionSql, runId: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(${lockOf(tx, runId)})`;
}

function lockOf(tx: postgres.TransactionSql, runId: string) {
  return tx`hashtextextended(${runId}, 0)`;
}

/**
 * Moves a run's inbox into chunks, in one transaction that can be killed at any statement; ingest and readers go on
 * meanwhile. Small chunks at the end are taken along while they are smaller than what joins them, so that a point is
 * rewritten a logarithmic number of times; an ended run is *sealed*: all of it goes into full chunks.
 * Resolves to the number of points moved; 0 when another process has the run or nothing was there.
 */
export async function compactRun(sql: postgres.Sql, runId: string): Promise<number> {
  return sql.begin(async (tx) => {
    const [run] = await tx<{ ended: boolean; sealed: boolean }[]>`
      select finished_at is not null as ended, sealed from runs
      where id = ${runId} and pg_try_advisory_xact_lock(${lockOf(tx, runId)})
      for key share`;
    if (!run) return 0;
    const segments = await takeSegments(tx, runId);
    if (segments.length === 0) {
      if (run.ended && !run.sealed) await seal(tx, runId);
      return 0;
    }
    const [{ rewind_to: step, at }] = segments as [Segment];
    if (step !== null) await rewind(tx, runId, step, at);
    await merge(tx, runId, segments, run.ended);
    await forget(tx, runId, segments);
    return segments.reduce((n, s) => n + s.points, 0);
  });
}

/** The oldest segments up to the next rewind: a rewind acts on everything before it and so begins a pass. */
async function takeSegments(tx: postgres.TransactionSql, runId: string): Promise<Segment[]> {
  const rows = await tx<Segment[]>`
    select id, points, rewind_to, data, at from (
      select *, sum(points) over (order by id) - points as before,
        count(rewind_to) over (order by id) - (first_value(rewind_to) over (order by id) is not null)::int as rewinds
      from metric_segments where run_id = ${runId}
    ) s where before < ${MOST_POINTS} and rewinds = 0 order by id`;
  return [...rows];
}

/** Hides the chunks above `step`, as it was asked `at` that time; one that reaches across is cut in two. */
async function rewind(tx: postgres.TransactionSql, runId: string, step: number, at: string): Promise<void> {
  const [{ no } = { no: 0 }] = await tx<{ no: number }[]>`
    insert into metric_rewinds (run_id, no, step, at)
    select ${runId}::uuid, coalesce(max(no), 0) + 1, ${step}, ${at}::timestamptz from metric_rewinds where run_id = ${runId} returning no`;
  await tx`
    update metric_chunks set hidden_by = ${no} where run_id = ${runId} and hidden_by = 0 and first_step > ${step}`;
  const cut = await tx<ChunkMeta[]>`
    select metric_id, first_step, last_step, points, axis_id from metric_chunks
    where run_id = ${runId} and hidden_by = 0 and first_step <= ${step} and last_step > ${step}`;
  const loaded = await loadChunks(tx, runId, cut);
  await deleteChunks(tx, runId, cut);
  const parts = cut.map((meta, i) => {
    const points = loaded[i]!;
    const at = points.steps.findIndex((s) => s > step);
    return { metricId: meta.metric_id, kept: slice(points, 0, at), hidden: slice(points, at, points.steps.length) };
  });
  await writeChunks(
    tx,
    runId,
    0,
    parts.map((p) => ({ metricId: p.metricId, points: p.kept })),
  );
  await writeChunks(
    tx,
    runId,
    no,
    parts.map((p) => ({ metricId: p.metricId, points: p.hidden })),
  );
  if (cut.length > 0) await dropAxes(tx, runId);
  await refreshSummaries(tx, runId, null);
  await tx`update runs set last_tokens = ${await mostTokens(tx, runId)} where id = ${runId}`;
}

/** The largest token count of the visible points; null where none is known. */
async function mostTokens(tx: postgres.TransactionSql, runId: string): Promise<number | null> {
  const axes = await tx<{ points: number; tokens: Buffer }[]>`
    select points, tokens from metric_axes where run_id = ${runId} and tokens is not null and id in (
      select axis_id from metric_chunks where run_id = ${runId} and hidden_by = 0)`;
  let most: number | null = null;
  for (const a of axes) for (const t of unpack(a.tokens, a.points)) if (t > (most ?? -1)) most = t;
  return most;
}

async function merge(tx: postgres.TransactionSql, runId: string, segments: Segment[], sealing: boolean): Promise<void> {
  const series = segments.flatMap((s) => decodeSegment(s.data));
  const arrivals = group(series, (s) => s.metricId);
  const appended = new Map<number, Summary>();
  const { written, removed, rewritten } = await mergeInto(tx, runId, arrivals, sealing);
  await deleteChunks(tx, runId, removed);
  await writeChunks(tx, runId, 0, written);
  if (removed.length > 0) await dropAxes(tx, runId);
  for (const [metricId, parts] of arrivals) {
    if (!rewritten.has(metricId)) appended.set(metricId, summariseParts(parts));
  }
  await refreshSummaries(tx, runId, { rewritten: [...rewritten], appended });
  await touchRun(tx, runId, segments, arrivals);
}

/** Parts of a metric that was only appended to follow each other. */
function summariseParts(parts: readonly Points[]): Summary {
  const n = parts.reduce((sum, p) => sum + p.steps.length, 0);
  const [steps, values] = [new Float64Array(n), new Float64Array(n)];
  let at = 0;
  for (const p of parts) {
    steps.set(p.steps, at);
    values.set(p.values, at);
    at += p.steps.length;
  }
  if (!ascending(steps)) throw new Error("points taken for appended ones are out of order");
  return summarise({ steps, values });
}

/** Puts all points of an ended run into full chunks. */
async function seal(tx: postgres.TransactionSql, runId: string): Promise<void> {
  const names = await tx<{ metric_id: number }[]>`
    select metric_id from metric_chunks where run_id = ${runId} and hidden_by = 0 and points < ${chunkSizes.points}
    group by metric_id having count(*) > 1`;
  const arrivals = new Map(names.map((n) => [n.metric_id, [] as (Points & { metricId: number })[]]));
  const { written, removed } = await mergeInto(tx, runId, arrivals, true);
  await deleteChunks(tx, runId, removed);
  await writeChunks(tx, runId, 0, written);
  await dropAxes(tx, runId);
  await tx`update runs set sealed = true where id = ${runId}`;
}

/** Exactly the segments that were read. */
async function forget(tx: postgres.TransactionSql, runId: string, segments: Segment[]): Promise<void> {
  const ids = segments.map((s) => s.id);
  const gone = await tx`delete from metric_segments where run_id = ${runId} and id = any(${ids}::int8[])`;
  if (gone.count !== ids.length) throw new Error(`run ${runId}: ${ids.length} segments read, ${gone.count} there`);
}

/** Axes that no chunk uses any more. */
export async function dropAxes(tx: postgres.TransactionSql, runId: string): Promise<void> {
  await tx`
    delete from metric_axes where run_id = ${runId} and id not in (
      select axis_id from metric_chunks where run_id = ${runId})`;
}

/** Newest step, tokens, loss and sign of life, for lists that read the run alone. */
export async function touchRun(
  tx: postgres.TransactionSql,
  runId: string,
  segments: Segment[],
  arrivals: ReadonlyMap<number, readonly Points[]>,
): Promise<void> {
  let tokens: number | null = null;
  let firstTime: number | null = null;
  for (const parts of arrivals.values()) {
    for (const p of parts) {
      const start = earliest(p.times);
      if (start !== null && (firstTime === null || start < firstTime)) firstTime = start;
      for (const t of p.tokens ?? []) if (!Number.isNaN(t) && (tokens === null || t > tokens)) tokens = t;
    }
  }
  await tx`
    update runs set
      last_step = (select max(last_step) from metric_summaries where run_id = ${runId}),
      last_tokens = greatest(last_tokens, ${tokens}::float8),
      first_time = least(first_time, ${firstTime}::float8),
      last_loss = (
        select s.last from metric_summaries s join metrics m on m.id = s.metric_id
        where s.run_id = ${runId} and m.project_id = runs.project_id and m.name = 'train/loss'),
      last_seen_at = greatest(last_seen_at, came.at),
      last_points_at = greatest(last_points_at, came.at),
      updated_at = now()
    from (
      select max(at) as at from metric_segments where run_id = ${runId} and id = any(${segments.map((s) => s.id)}::int8[])
    ) came
    where runs.id = ${runId}`;
}
