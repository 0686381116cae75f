import { and, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { runs } from "@/db/schema";
import { type Key, parseKey } from "@/lib/filter";
import { authorise, type Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { resolveProject } from "../project/internal";
import { filterOf } from "./filter-of";
import { columnOf, configNumber } from "./where";

export const groupRunsInput = z.strictObject({
  project: z.string(),
  /** Only the runs of one sweep. */
  sweepId: z.uuid().optional(),
  filter: z.string().default(""),
  by: z.array(z.string().max(1_000)).min(1, "choose what to group by").max(6),
  /** The number that is averaged. */
  value: z.string().max(1_000).default("finalLoss"),
  limit: z.number().int().min(1).max(5_000).default(500),
});

export interface RunGroup {
  keys: (string | null)[];
  runs: number;
  /** Members whose value is finite: `mean` and `standardError` are over these. */
  n: number;
  mean: number | null;
  /** Sample standard deviation over the square root of n; null below two values. */
  standardError: number | null;
  min: number | null;
  max: number | null;
}

/**
 * Mean, standard error and n of a value over *all* runs that share the values of `by`, in the order of the keys:
 * numbers by value.
 */
export async function groupRuns(ctx: Context, input: z.input<typeof groupRunsInput>): Promise<RunGroup[]> {
  authorise(ctx, "read");
  const { project, sweepId, filter, by, value, limit } = groupRunsInput.parse(input);
  const { id } = await resolveProject(ctx, project);
  const keys = by.map((text) => groupKey(keyOf(text, "by")));
  const number = numberOf(keyOf(value, "value"));
  const list = sql.join(
    keys.map((k, i) => sql`${k} as ${sql.identifier(`k${i}`)}`),
    sql`, `,
  );
  const names = sql.raw(keys.map((_, i) => `k${i}`).join(", "));
  // Numbers by value; texts, and what has no value, after them.
  const order = sql.raw(
    keys.map((_, i) => `case when k${i} ~ '${NUMBER}' then k${i}::numeric end nulls last`).join(", "),
  );
  const rows = await ctx.db.execute<Record<string, string | null> & { runs: number; n: number }>(sql`
    select ${names}, count(*)::int as runs, count(v)::int as n, avg(v)::text as mean,
      (stddev_samp(v) / sqrt(count(v)))::text as se, min(v)::text as min, max(v)::text as max
    from (
      select ${list}, nullif(nullif(nullif(${number}::float8, 'NaN'::float8), 'Infinity'::float8), '-Infinity'::float8) as v
      from ${runs} where ${and(eq(runs.projectId, id), sweepId ? eq(runs.sweepId, sweepId) : undefined, filterOf(filter))}
    ) g group by ${names} order by ${order}, ${names} limit ${limit}`);
  const real = (text: string | null | undefined) => (text == null ? null : Number(text));
  return [...rows].map((r) => ({
    keys: keys.map((_, i) => r[`k${i}`] ?? null),
    runs: r.runs,
    n: r.n,
    mean: real(r.mean),
    standardError: real(r.se),
    min: real(r.min),
    max: real(r.max),
  }));
}

/** A number as Postgres writes it; what is longer would be too large for `numeric`. */
const NUMBER = "^-?[0-9]{1,200}([.][0-9]{1,200})?([eE][-+]?[0-9]{1,3})?$";

function keyOf(text: string, field: string): Key {
  const key = parseKey(text);
  if (key) return key;
  throw new EtalonError("invalid", `"${text}" is not a key of runs`, [{ field, message: text }]);
}

/** Config numbers are grouped by value, not by spelling: 0.003, 0.0030 and 3e-3 are one group. */
function groupKey(key: Key) {
  if (key.kind !== "config") return sql`${columnOf(key).value}::text`;
  return sql`coalesce(trim_scale(${configNumber(key.path)})::text, ${columnOf(key).value})`;
}

function numberOf(key: Key) {
  if (key.kind === "config") return configNumber(key.path);
  const { value, type } = columnOf(key);
  if (type === "number") return sql`${value}::float8`;
  throw new EtalonError("invalid", "only numbers can be averaged", [{ field: "value", message: type }]);
}
