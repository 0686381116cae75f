import { bucketiser, NO_POINTS, type PendingAnswer, type Points, type Scale } from "@/lib/series";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { type PackedPoints, reusedRoom } from "./decode";
import { readPacked, readPoints } from "./read";
import { startTimes } from "./start-times";

/** `time` is milliseconds since 1970, `elapsed` milliseconds since the earliest time of any point of the run. */
export type XAxis = "step" | "tokens" | "time" | "elapsed";

export interface SeriesQuery {
  runIds: string[];
  metric: string;
  x: XAxis;
  buckets: number;
  /** Buckets of equal width in x, or in log x. */
  scale?: Scale;
  /** Of x. Without them the whole of what there is. */
  from?: number;
  to?: number;
}

/**
 * Buckets of one metric for many runs of the team, in the order asked, all on one grid. Runs without the metric come
 * back empty; points that have no x (no tokens, no time, on a log scale 0) are counted in `withoutX`. Values are decoded
 * run by run as their buckets are asked for.
 * Errors: `not_found` for an id that is no run of the team.
 */
export async function readBuckets(ctx: Context, query: SeriesQuery): Promise<PendingAnswer> {
  authorise(ctx, "read");
  const columns = { tokens: query.x === "tokens", times: query.x === "time" || query.x === "elapsed" };
  const range = query.x === "step" ? { from: query.from ?? 0, to: query.to ?? Number.MAX_SAFE_INTEGER } : undefined;
  const stored = await readPacked(ctx.sql, await requiredMetricsOf(ctx, query), columns, range && floored(range));
  const starts = query.x === "elapsed" ? await startTimes(ctx.sql, query.runIds) : new Map<string, number>();
  const runs = query.runIds.map((runId) => ({
    runId,
    ...placed(stored.get(runId) ?? NONE, query, starts.get(runId) ?? 0),
  }));
  const filled = runs.filter((r) => r.x.length > 0);
  const none = { from: null, to: null, buckets: 1, scale: "linear" as const };
  const view =
    filled.length === 0
      ? none
      : {
          from: query.from ?? Math.min(...filled.map((r) => r.x[0]!)),
          to: query.to ?? Math.max(...filled.map((r) => r.x[r.x.length - 1]!)),
          buckets: query.buckets,
          scale: query.scale ?? ("linear" as const),
        };
  const cut = bucketiser({ ...view, from: view.from ?? 1, to: view.to ?? 1 });
  const room = reusedRoom();
  const series = runs.map(({ runId, x, values, withoutX }) => {
    const { size, exact, columns } = cut(x);
    return { runId, points: x.length, withoutX, size, exact, columns: () => columns(values(room)) };
  });
  return { from: view.from, to: view.to, series };
}

/** One run's values of one metric, ascending in step; times are milliseconds since 1970. */
export interface Series {
  runId: string;
  steps: number[];
  values: number[];
  tokens: (number | null)[];
  times: (number | null)[];
}

/** Every point of one metric, exactly. `afterStep` gives only what lies after it. Unknown runs come back empty. */
export async function readSeries(
  ctx: Context,
  input: { runIds: string[]; metric: string; afterStep?: number },
): Promise<Series[]> {
  authorise(ctx, "read");
  const range = { from: (input.afterStep ?? -1) + 1, to: Number.MAX_SAFE_INTEGER };
  const stored = await readPoints(ctx.sql, await metricsOf(ctx, input), { tokens: true, times: true }, range);
  return input.runIds.map((runId) => seriesOf(runId, stored.get(runId) ?? NO_POINTS));
}

export function seriesOf(runId: string, points: Points): Series {
  const known = (column: Float64Array | null) =>
    Array.from(points.steps, (_, i) => (column && !Number.isNaN(column[i]) ? column[i]! : null));
  return {
    runId,
    steps: Array.from(points.steps),
    values: Array.from(points.values),
    tokens: known(points.tokens),
    times: known(points.times),
  };
}

/** The number that a metric's name has in each run's project; only runs of the team. */
export async function metricsOf(
  ctx: Context,
  input: { runIds: string[]; metric: string },
): Promise<{ runId: string; metricId: number }[]> {
  const rows = await ctx.sql<{ run_id: string; metric_id: number }[]>`
    select r.id as run_id, m.id as metric_id
    from runs r join metrics m on m.project_id = r.project_id and m.name = ${input.metric}
    where r.id = any(${input.runIds}::uuid[]) and r.team_id = ${ctx.teamId}`;
  return rows.map((r) => ({ runId: r.run_id, metricId: r.metric_id }));
}

/** The same where every id must be a run of the team. */
async function requiredMetricsOf(ctx: Context, input: { runIds: string[]; metric: string }) {
  const rows = await ctx.sql<{ id: string; known: boolean; metric_id: number | null; points: number | null }[]>`
    select i.id, r.id is not null as known, m.id as metric_id, s.points::float8 as points
    from unnest(${input.runIds}::uuid[]) as i (id)
    left join runs r on r.id = i.id and r.team_id = ${ctx.teamId}
    left join metrics m on m.project_id = r.project_id and m.name = ${input.metric}
    left join metric_summaries s on s.run_id = r.id and s.metric_id = m.id`;
  const missing = rows.find((r) => !r.known);
  if (missing) throw notFound("run", missing.id);
  const points = rows.reduce((n, r) => n + (r.points ?? 0), 0);
  if (points > MOST_POINTS && input.runIds.length > 1) {
    const message = `these runs have ${points} points of ${input.metric}; ask for fewer runs at a time (at most ${MOST_POINTS} points)`;
    throw new EtalonError("too_large", message, [{ field: "runIds", message }]);
  }
  return rows.flatMap(({ id, metric_id }) => (metric_id === null ? [] : { runId: id, metricId: metric_id }));
}

/** Points of one answer: the packed chunks of all its runs are in memory at once. */
const MOST_POINTS = 300_000_000;

const NONE: PackedPoints = { ...NO_POINTS, values: () => NO_POINTS.values };

interface Placed {
  runId: string;
  x: Float64Array;
  values: PackedPoints["values"];
  withoutX: number;
}

/** Values along x, ascending: tokens and times need not grow with the step, which itself ascends. */
function placed(points: PackedPoints, query: SeriesQuery, start: number): Omit<Placed, "runId"> {
  const column = columnAlong(points, query.x, start);
  const n = points.steps.length;
  if (!column) return { x: NO_POINTS.steps, values: NONE.values, withoutX: n };
  const least = query.scale === "log" ? Number.MIN_VALUE : Number.NEGATIVE_INFINITY;
  let inOrder = n === 0 || column[0]! >= least;
  for (let i = 1; inOrder && column !== points.steps && i < n; i++) inOrder = column[i]! >= column[i - 1]!;
  if (inOrder) return { x: column, values: points.values, withoutX: 0 };
  const kept = Uint32Array.from(column, (_, i) => i).filter((i) => column[i]! >= least);
  kept.sort((i, j) => column[i]! - column[j]! || i - j);
  const pick = (from: Float64Array) => Float64Array.from(kept, (i) => from[i]!);
  return { x: pick(column), values: (allocate) => pick(points.values(allocate)), withoutX: n - kept.length };
}

function columnAlong({ steps, tokens, times }: PackedPoints, x: XAxis, start: number): Float64Array | null {
  if (x === "step") return steps;
  if (x === "tokens") return tokens;
  if (x === "time" || !times) return times;
  return times.map((t) => t - start);
}

function floored({ from, to }: { from: number; to: number }): { from: number; to: number } {
  const step = (v: number) => Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, v));
  return { from: step(Math.ceil(from)), to: step(Math.floor(to)) };
}
