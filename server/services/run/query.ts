import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { runs } from "@/db/schema";
import { type Key, parseKey } from "@/lib/filter";
import { authorise, type Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { type ListedStats, listedStats, type MetricOrder, metricOrder } from "@/server/store";
import { resolveProject } from "../project/internal";
import { filterOf } from "./filter-of";
import { runValues } from "./keys";
import { columns, type RunRow } from "./list";
import { columnOf, configOrder } from "./where";
import { selected } from "./which";

export const queryRunsInput = z.strictObject({
  project: z.string(),
  /** Only the runs of one sweep. */
  sweepId: z.uuid().optional(),
  /** Only runs that somebody has chosen. */
  selection: z.uuid().optional(),
  filter: z.string().default(""),
  /** A key, with `-` before it for descending; by creation, newest first, without one. */
  sort: z.string().max(1_000).default("-created"),
  /** Metrics whose statistics come with each run. */
  metrics: z.array(z.string().max(500)).max(50).default([]),
  /** Keys (`config.optimizer.name`, `seed`) whose values come with each run. */
  keys: z.array(z.string().max(1_000)).max(50).default([]),
  limit: z.number().int().min(1).max(1_000).default(100),
  /** From an earlier answer: `next` or `previous`. */
  cursor: z.string().max(2_000).optional(),
  /** Without a cursor: begin at the first or at the last page. */
  end: z.enum(["first", "last"]).default("first"),
});

export interface RunPage {
  runs: (RunRow & {
    stats: Record<string, ListedStats>;
    /** Of each of `keys`, as text; null where the run has none. */
    values: Record<string, string | null>;
  })[];
  next: string | null;
  previous: string | null;
  /** All runs that the filter lets through. */
  total: number;
}

/** Where a page ends: the run and its sort value; null for runs without one, which come last. */
interface Place {
  backward: boolean;
  value: string | null;
  id: string;
}

/** One page of a project's runs by filter and sort, from a cursor: the last page costs what the first does. */
export async function queryRuns(ctx: Context, input: z.input<typeof queryRunsInput>): Promise<RunPage> {
  authorise(ctx, "read");
  const query = queryRunsInput.parse(input);
  const project = await resolveProject(ctx, query.project);
  const where = and(
    eq(runs.projectId, project.id),
    query.sweepId ? eq(runs.sweepId, query.sweepId) : undefined,
    query.selection ? await selected(ctx, query.selection) : undefined,
    filterOf(query.filter),
  )!;
  const order = await orderOf(ctx, project.id, query.sort);
  const place = query.cursor ? placeOf(query.cursor) : null;
  const backward = place?.backward ?? query.end === "last";
  const [found, [count]] = await Promise.all([
    page(ctx, where, order, place, backward, query.limit + 1),
    ctx.db
      .select({ n: sql<number>`count(*)`.mapWith(Number) })
      .from(runs)
      .where(where),
  ]);
  const more = found.length > query.limit;
  const rows = found.slice(0, query.limit);
  if (backward) rows.reverse();
  const [first, last] = [rows[0], rows.at(-1)];
  const cursor = (row: Found | undefined, back: boolean) =>
    row
      ? Buffer.from(JSON.stringify({ backward: back, value: row.value, id: row.id } satisfies Place)).toString(
          "base64url",
        )
      : null;
  return {
    runs: await withRows(
      ctx,
      rows.map((r) => r.id),
      query,
    ),
    next: backward ? (place ? cursor(last, false) : null) : more ? cursor(last, false) : null,
    previous: backward ? (more ? cursor(first, true) : null) : place ? cursor(first, true) : null,
    total: count!.n,
  };
}

interface Order {
  value: SQL;
  /** Type of the value in Postgres. */
  type: "float8" | "jsonb" | "text" | "timestamptz" | "boolean";
  descending: boolean;
  /** Set for a metric, so that an index gives the order. */
  metric?: MetricOrder;
}

async function orderOf(ctx: Context, projectId: string, sort: string): Promise<Order> {
  const descending = sort.startsWith("-");
  const key = parseKey(descending ? sort.slice(1) : sort);
  if (!key) throw new EtalonError("invalid", `runs cannot be sorted by "${sort}"`, [{ field: "sort", message: sort }]);
  if (key.kind === "metric" && key.stat !== "points") {
    const metric = await metricOrder(ctx, projectId, key);
    return { value: metric.value, type: "float8", descending, metric };
  }
  return { ...plainOrder(key), descending };
}

function plainOrder(key: Key): Pick<Order, "value" | "type"> {
  if (key.kind === "config") return { value: configOrder(key.path), type: "jsonb" };
  const { value, type } = columnOf(key);
  return { value, type: ({ number: "float8", text: "text", time: "timestamptz", boolean: "boolean" } as const)[type] };
}

/**
 * Whether a run has a place in the order. NaN stands with the missing, at the end both ways; said so that an index
 * serves.
 */
function isPlaced({ value, type }: Order): SQL {
  return type === "float8" ? sql`(${value} is not null and ${value} <> 'NaN'::float8)` : sql`${value} is not null`;
}

interface Found {
  id: string;
  value: string | null;
}

/** Up to `limit` runs from `place` on; those with a value first (last, going backward), then those without. */
async function page(
  ctx: Context,
  where: SQL,
  order: Order,
  place: Place | null,
  backward: boolean,
  limit: number,
): Promise<Found[]> {
  const out: Found[] = [];
  let passed = place === null;
  for (const valued of backward ? [false, true] : [true, false]) {
    // Looking for runs without the metric scans all of them: worth a count that says whether there are any.
    if (!valued && (await order.metric?.allHave())) continue;
    const here = place && (place.value !== null) === valued ? place : null;
    passed ||= here !== null; // what comes before the place's kind has been shown
    if (passed && out.length < limit)
      out.push(...(await part(ctx, where, order, here, backward, valued, limit - out.length)));
  }
  return out;
}

async function part(
  ctx: Context,
  where: SQL,
  order: Order,
  place: Place | null,
  backward: boolean,
  valued: boolean,
  limit: number,
): Promise<Found[]> {
  const falling = order.descending !== backward;
  const direction = sql.raw(falling ? "desc" : "asc");
  const compare = sql.raw(falling ? "<" : ">");
  const { metric } = order;
  const { runId: id, from } = metric && valued ? metric : { runId: sql`${runs.id}`, from: sql`${runs}` };
  const placed = isPlaced(order);
  const conditions = [where];
  if (metric) conditions.push(valued ? metric.has(placed) : metric.lacks(placed));
  else conditions.push(valued ? placed : sql`(${placed}) is not true`);
  if (place) {
    const type = sql.raw(order.type);
    conditions.push(
      valued
        ? sql`(${order.value}, ${id}) ${compare} (${place.value}::${type}, ${place.id}::uuid)`
        : sql`${id} ${compare} ${place.id}::uuid`,
    );
  }
  const value = valued ? sql`(${order.value})::text` : sql`null::text`;
  const by = valued ? sql`${order.value} ${direction}, ${id} ${direction}` : sql`${id} ${direction}`;
  const rows = await ctx.db.execute<{ id: string; value: string | null }>(
    sql`select ${id} as id, ${value} as value from ${from} where ${and(...conditions)} order by ${by} limit ${limit}`,
  );
  return [...rows];
}

async function withRows(
  ctx: Context,
  ids: string[],
  { metrics, keys }: { metrics: string[]; keys: string[] },
): Promise<RunPage["runs"]> {
  if (ids.length === 0) return [];
  const [rows, values, stats] = await Promise.all([
    ctx.db.select(columns).from(runs).where(inArray(runs.id, ids)),
    runValues(ctx, { runIds: ids, keys }),
    metrics.length === 0 ? [] : listedStats(ctx, ids, metrics),
  ]);
  const byId = new Map(
    rows.map((r) => [
      r.id,
      { ...r, stats: {} as Record<string, ListedStats>, values: {} as Record<string, string | null> },
    ]),
  );
  for (const { id, values: own } of values) Object.assign(byId.get(id)!.values, own);
  for (const { run_id, name, ...s } of stats) byId.get(run_id)!.stats[name] = s;
  return ids.flatMap((id) => byId.get(id) ?? []);
}

function placeOf(cursor: string): Place {
  try {
    const { backward, value, id } = JSON.parse(Buffer.from(cursor, "base64url").toString()) as Place;
    return placeSchema.parse({ backward, value, id });
  } catch {
    throw new EtalonError("invalid", "the cursor is not one of ours", [
      { field: "cursor", message: cursor.slice(0, 40) },
    ]);
  }
}

const placeSchema = z.strictObject({ backward: z.boolean(), value: z.string().nullable(), id: z.uuid() });
