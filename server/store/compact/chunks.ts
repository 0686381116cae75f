import { createHash } from "node:crypto";
import { group } from "d3-array";
import type postgres from "postgres";
import { type Axis, ascending, concat, merged, type Points, slice, summarise } from "@/lib/series";
import { pack, unpack } from "../format/codec";

/**
 * `points`: most in a chunk. `tail`: chunks at the end of a metric that a merge looks at; more cannot be smaller than
 * half of their follower. Tests make both small, so that short histories cross them.
 */
export const chunkSizes = { points: 4_096, tail: 16 };

export interface ChunkMeta {
  metric_id: number;
  first_step: number;
  last_step: number;
  points: number;
  axis_id: number;
}

interface Piece {
  metricId: number;
  points: Points;
}

export interface Merge {
  written: Piece[];
  removed: ChunkMeta[];
  /** Metrics whose older points were touched, so that their summary must be made anew. */
  rewritten: Set<number>;
}

/** What must be written and removed so that `arrivals` (in order of arrival, by metric) are in the run's chunks. */
export async function mergeInto(
  tx: postgres.TransactionSql,
  runId: string,
  arrivals: ReadonlyMap<number, readonly Points[]>,
  sealing: boolean,
): Promise<Merge> {
  const fresh = [...arrivals].map(([metricId, parts]) => ({ metricId, points: merged(parts), parts }));
  const metas = await touchedMetas(tx, runId, fresh, sealing);
  const plans = fresh.map((f) => ({ ...f, ...plan(f.points, metas.get(f.metricId) ?? [], sealing) }));
  const removed = plans.flatMap((p) => p.removed);
  const loaded = new Map<ChunkMeta, Points>();
  (await loadChunks(tx, runId, removed)).forEach((points, i) => {
    loaded.set(removed[i]!, points);
  });
  const merge: Merge = { written: [], removed, rewritten: new Set() };
  for (const p of plans) {
    const points = merged([...p.removed.map((m) => loaded.get(m)!), p.points]);
    for (const piece of cut(points, p.untouched)) merge.written.push({ metricId: p.metricId, points: piece });
    // Points that arrived in order after all others leave the summary to be added to.
    if (p.overlaps || !ascending(concat(p.parts).steps)) merge.rewritten.add(p.metricId);
  }
  return merge;
}

/** The points of chunks, in the order asked. An axis that several of them share is unpacked once. */
export async function loadChunks(
  tx: postgres.TransactionSql,
  runId: string,
  metas: readonly ChunkMeta[],
  hiddenBy = 0,
): Promise<Points[]> {
  if (metas.length === 0) return [];
  const rows = await tx<{ i: number; values: Buffer }[]>`
    select i, c.values from unnest(
      ${metas.map((_, i) => i)}::int4[], ${metas.map((m) => m.metric_id)}::int4[], ${metas.map((m) => m.first_step)}::int8[]
    ) as t (i, metric_id, first_step)
    join metric_chunks c on c.run_id = ${runId} and c.metric_id = t.metric_id and c.hidden_by = ${hiddenBy} and c.first_step = t.first_step`;
  const axisIds = [...new Set(metas.map((m) => m.axis_id))];
  const axisRows = await tx<
    { id: number; points: number; steps: Buffer; tokens: Buffer | null; times: Buffer | null }[]
  >`
    select id, points, steps, tokens, times from metric_axes where run_id = ${runId} and id = any(${axisIds}::int8[])`;
  const axes = new Map(
    axisRows.map((a) => [
      a.id,
      {
        steps: unpack(a.steps, a.points),
        tokens: a.tokens && unpack(a.tokens, a.points),
        times: a.times && unpack(a.times, a.points),
      },
    ]),
  );
  const out: Points[] = new Array(metas.length);
  for (const { i, values } of rows) {
    const meta = metas[i]!;
    const axis = axes.get(meta.axis_id);
    if (!axis) throw new Error(`run ${runId} lacks the steps of its chunk at step ${meta.first_step}`);
    out[i] = { ...axis, values: unpack(values, meta.points) };
  }
  return out;
}

export async function deleteChunks(
  tx: postgres.TransactionSql,
  runId: string,
  metas: readonly ChunkMeta[],
  hiddenBy = 0,
): Promise<void> {
  if (metas.length === 0) return;
  await tx`
    delete from metric_chunks c
    using unnest(${metas.map((m) => m.metric_id)}::int4[], ${metas.map((m) => m.first_step)}::int8[]) as t (metric_id, first_step)
    where c.run_id = ${runId} and c.metric_id = t.metric_id and c.hidden_by = ${hiddenBy} and c.first_step = t.first_step`;
}

/** Writes pieces as chunks; those with equal steps, tokens and times share one axis. */
export async function writeChunks(
  tx: postgres.TransactionSql,
  runId: string,
  hiddenBy: number,
  pieces: readonly Piece[],
): Promise<void> {
  if (pieces.length === 0) return;
  const axes = new Map<string, { index: number; axis: Axis }>();
  const keys = new Map<Points["steps"], string>();
  const axisOf = pieces.map(({ points }) => {
    const key = keys.get(points.steps) ?? axisKey(points);
    keys.set(points.steps, key);
    const axis = axes.get(key) ?? { index: axes.size, axis: points };
    axes.set(key, axis);
    return axis.index;
  });
  const packed = [...axes.values()].map(({ axis: p }) => ({
    n: p.steps.length,
    steps: pack(p.steps),
    tokens: p.tokens && pack(p.tokens),
    times: p.times && pack(p.times),
  }));
  // Identity values are handed out in the order of the rows, which the ordinality fixes.
  const ids = await tx<{ id: number }[]>`
    insert into metric_axes (run_id, points, steps, tokens, times)
    select ${runId}::uuid, n, decode(steps, 'base64'), decode(tokens, 'base64'), decode(times, 'base64')
    from unnest(
      ${packed.map((p) => p.n)}::int4[], ${packed.map((p) => p.steps.toString("base64"))}::text[],
      ${packed.map((p) => p.tokens?.toString("base64") ?? null)}::text[],
      ${packed.map((p) => p.times?.toString("base64") ?? null)}::text[]
    ) with ordinality as t (n, steps, tokens, times, i) order by i
    returning id`;
  const sorted = ids.map((r) => r.id).sort((a, b) => a - b);
  const rows = pieces.map(({ metricId, points }, i) => ({
    metricId,
    axisId: sorted[axisOf[i]!]!,
    first: points.steps[0]!,
    values: pack(points.values).toString("base64"),
    ...summarise(points),
  }));
  const column = <K extends keyof (typeof rows)[number]>(key: K) => rows.map((r) => r[key]);
  await tx`
    insert into metric_chunks (run_id, hidden_by, metric_id, first_step, last_step, axis_id, points, non_finite,
      min, min_step, max, max_step, last, values)
    select ${runId}::uuid, ${hiddenBy}, metric_id, first_step, last_step, axis_id, points, non_finite,
      min, min_step, max, max_step, last, decode(packed, 'base64')
    from unnest(
      ${column("metricId")}::int4[], ${column("first")}::int8[], ${column("lastStep")}::int8[], ${column("axisId")}::int8[],
      ${column("points")}::int4[], ${column("nonFinite")}::int4[], ${literals(column("min"))}::float8[], ${column("minStep")}::int8[],
      ${literals(column("max"))}::float8[], ${column("maxStep")}::int8[], ${literals(column("last"))}::float8[], ${column("values")}::text[]
    ) as t (metric_id, first_step, last_step, axis_id, points, non_finite, min, min_step, max, max_step, last, packed)`;
}

/** The shortest text that reads back to the same bits, the sign of zero included. */
export function literals(values: readonly (number | null)[]): (string | null)[] {
  return values.map((v) => (v === null ? null : Object.is(v, -0) ? "-0" : String(v)));
}

/**
 * Chunks that a merge of these metrics can touch: from the one that holds their first new step on (from that step where
 * it lies before all of them), and the last ones.
 */
async function touchedMetas(
  tx: postgres.TransactionSql,
  runId: string,
  fresh: readonly { metricId: number; points: Points }[],
  sealing: boolean,
): Promise<Map<number, ChunkMeta[]>> {
  const rows = await tx<ChunkMeta[]>`
    select c.metric_id, c.first_step, c.last_step, c.points, c.axis_id
    from unnest(${fresh.map((f) => f.metricId)}::int4[], ${fresh.map((f) => f.points.steps[0] ?? 0)}::int8[]) as t (metric_id, step)
    cross join lateral (
      select * from metric_chunks c
      where c.run_id = ${runId} and c.metric_id = t.metric_id and c.hidden_by = 0 and c.first_step >= least(
        coalesce((select p.first_step from metric_chunks p
          where p.run_id = ${runId} and p.metric_id = t.metric_id and p.hidden_by = 0 and p.first_step <= t.step
          order by p.first_step desc limit 1), t.step),
        (select min(q.first_step) from (
          select first_step from metric_chunks q
          where q.run_id = ${runId} and q.metric_id = t.metric_id and q.hidden_by = 0
          order by first_step desc limit ${sealing ? 1_000_000_000 : chunkSizes.tail}) q))
      ) c
    order by c.metric_id, c.first_step`;
  return group(rows, (r) => r.metric_id);
}

/**
 * Which chunks new points must be merged with: those in whose range a new step lies, those at the end that are smaller
 * than twice what follows them, and when sealing all that are not full.
 */
function plan(
  points: Points,
  metas: readonly ChunkMeta[],
  sealing: boolean,
): { removed: ChunkMeta[]; untouched: ChunkMeta[]; overlaps: boolean } {
  const chosen = new Set<ChunkMeta>();
  let at = 0;
  for (const m of metas) {
    while (at < points.steps.length && points.steps[at]! < m.first_step) at++;
    if (at < points.steps.length && points.steps[at]! <= m.last_step) chosen.add(m);
  }
  const last = metas.at(-1);
  const overlaps = points.steps.length > 0 && last !== undefined && points.steps[0]! <= last.last_step;
  let following = points.steps.length;
  for (const m of [...metas].reverse()) {
    if (
      sealing ? m.points < chunkSizes.points : m.points < 2 * following && m.points + following <= chunkSizes.points
    ) {
      chosen.add(m);
      following += m.points;
    } else if (!sealing) break;
  }
  return {
    removed: metas.filter((m) => chosen.has(m)),
    untouched: metas.filter((m) => !chosen.has(m)),
    overlaps,
  };
}

/** Pieces of at most `chunkSizes.points` that do not reach across an untouched chunk. */
function cut(points: Points, untouched: readonly ChunkMeta[]): Points[] {
  const pieces: Points[] = [];
  const { steps } = points;
  let from = 0;
  for (const edge of [...untouched.map((m) => m.first_step), Number.POSITIVE_INFINITY]) {
    let to = from;
    while (to < steps.length && steps[to]! < edge) to++;
    for (let i = from; i < to; i += chunkSizes.points)
      pieces.push(slice(points, i, Math.min(to, i + chunkSizes.points)));
    from = to;
  }
  return pieces;
}

/** Equal for equal axes. */
function axisKey(p: Axis): string {
  const hash = createHash("sha1");
  for (const column of [p.steps, p.tokens, p.times]) {
    hash.update(column ? Buffer.from(column.buffer, column.byteOffset, column.byteLength) : "-");
  }
  return hash.digest("base64");
}
