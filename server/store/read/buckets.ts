import type { z } from "zod";
import type { seriesRequestSchema } from "@/lib/protocol";
import { bucketiser, NO_POINTS, type PendingAnswer, type Scale } from "@/lib/series";
import { type PackedPoints, reusedRoom } from "./decode";
import { type Asker, requiredMetrics } from "./names";
import { readPacked } from "./points";
import { startTimes } from "./start-times";

/** What a request asks for; linear without a scale. */
export type SeriesQuery = Omit<z.infer<typeof seriesRequestSchema>, "scale"> & { scale?: Scale };

/**
 * Buckets of one metric for many runs of the team, in the order asked, all on one grid. Runs without the metric come
 * back empty; points that have no x (no tokens, no time, on a log scale 0) are counted in `withoutX`. Values are
 * decoded run by run as their buckets are asked for. Errors: `not_found` for an id that is no run of the team.
 */
export async function bucketsOf(ctx: Asker, query: SeriesQuery): Promise<PendingAnswer> {
  const columns = { tokens: query.x === "tokens", times: query.x === "time" || query.x === "elapsed" };
  const range = query.x === "step" ? { from: query.from ?? 0, to: query.to ?? Number.MAX_SAFE_INTEGER } : undefined;
  const stored = await readPacked(ctx.sql, await requiredMetrics(ctx, query), columns, range && floored(range));
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

function columnAlong({ steps, tokens, times }: PackedPoints, x: SeriesQuery["x"], start: number): Float64Array | null {
  if (x === "step") return steps;
  if (x === "tokens") return tokens;
  if (x === "time" || !times) return times;
  return times.map((t) => t - start);
}

function floored({ from, to }: { from: number; to: number }): { from: number; to: number } {
  const step = (v: number) => Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, v));
  return { from: step(Math.ceil(from)), to: step(Math.floor(to)) };
}
