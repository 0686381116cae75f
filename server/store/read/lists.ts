import { type SQL, sql } from "drizzle-orm";
import type postgres from "postgres";
import { runs } from "@/db/schema";
import type { MetricStat } from "@/lib/filter";
import type { Context } from "@/server/context";

const STATS: Record<MetricStat, SQL> = {
  last: sql`s.last`,
  min: sql`s.min`,
  max: sql`s.max`,
  points: sql`s.points`,
};

/** A metric's stored statistic for a row of `runs`; null where the run has no points of it. */
export function metricValue({ metric, stat }: { metric: string; stat: MetricStat }): SQL {
  return sql`(select ${STATS[stat]} from metric_summaries s join metrics m on m.id = s.metric_id
        where s.run_id = ${runs.id} and m.project_id = ${runs.projectId} and m.name = ${metric} and s.points > 0)`;
}

/** One statistic of one metric, as an index gives its order. */
export interface MetricOrder {
  value: SQL;
  runId: SQL;
  /** Runs with their statistics of whatever metric, to select from. */
  from: SQL;
  /** Whether such a row is of the metric and meets a condition on `value`. */
  has: (condition: SQL) => SQL;
  /** Whether a row of `runs` has no such statistics. */
  lacks: (condition: SQL) => SQL;
  /** Whether each of the project's runs has a value that is a number; those without are looked up, not counted. */
  allHave: () => Promise<boolean>;
}

/** How runs of a project are ordered by a statistic of one of its metrics. */
export async function metricOrder(
  ctx: Context,
  projectId: string,
  { metric, stat }: { metric: string; stat: MetricStat },
): Promise<MetricOrder> {
  const [named] = await ctx.sql<{ id: number }[]>`
    select id from metrics where project_id = ${projectId} and name = ${metric}`;
  const metricId = named?.id ?? -1;
  const value = STATS[stat];
  const has = (condition: SQL) => sql`s.metric_id = ${metricId} and ${condition}`;
  const some = (condition: SQL) => sql`exists (select from metric_summaries s where ${has(condition)})`;
  return {
    value,
    runId: sql`s.run_id`,
    from: sql`metric_summaries s join ${runs} on ${runs.id} = s.run_id`,
    has,
    lacks: (condition) =>
      sql`not exists (select from metric_summaries s where s.run_id = ${runs.id} and ${has(condition)})`,
    allHave: async () => {
      const [row] = await ctx.db.execute<{ all_have: boolean }>(sql`
        select not ${some(sql`${value} is null`)} and not ${some(sql`${value} = 'NaN'::float8`)}
          and (select count(*) from metric_summaries s where s.metric_id = ${metricId})
          = (select count(*) from ${runs} where ${runs.projectId} = ${projectId}) as all_have`);
      return row!.all_have;
    },
  };
}

/** What a list shows of one metric of one run. */
export interface ListedStats {
  last: number | null;
  min: number | null;
  max: number | null;
  points: number;
}

/** Stored statistics of metrics of runs, where they have points. */
export function listedStats(
  { sql }: Pick<Context, "sql">,
  runIds: readonly string[],
  metrics: readonly string[],
): Promise<(ListedStats & { run_id: string; name: string })[]> {
  return sql<(ListedStats & { run_id: string; name: string })[]>`
    select s.run_id, m.name, s.last, s.min, s.max, s.points from metric_summaries s join metrics m on m.id = s.metric_id
    where s.run_id = any(${[...runIds]}::uuid[]) and m.name = any(${[...metrics]}::text[]) and s.points > 0`;
}

/** Points of runs, as far as they are compacted. */
export async function countPoints({ sql }: Pick<Context, "sql">, runIds: readonly string[]): Promise<number> {
  const [stored] = await sql<{ points: number }[]>`
    select coalesce(sum(points), 0)::float8 as points from metric_summaries where run_id = any(${[...runIds]}::uuid[])`;
  return stored!.points;
}

/**
 * Runs of a project whose metric has been beyond a bound, with how far it went and where, as far as their points are
 * compacted: of those that run, or ended after `endedAfter`.
 */
export function beyondBound(
  { sql }: Pick<Context, "sql">,
  of: { projectId: string; metric: string; comparison: "above" | "below"; bound: number; endedAfter: Date },
): Promise<{ id: string; value: number; step: number }[]> {
  const isAbove = of.comparison === "above";
  const [value, step] = isAbove ? [sql`s.max`, sql`s.max_step`] : [sql`s.min`, sql`s.min_step`];
  return sql<{ id: string; value: number; step: number }[]>`
    select r.id, ${value} as value, ${step}::float8 as step
    from runs r join metric_summaries s on s.run_id = r.id join metrics m on m.id = s.metric_id
    where r.project_id = ${of.projectId} and (r.state = 'running' or r.finished_at > ${of.endedAfter.toISOString()}::timestamptz)
      and m.project_id = ${of.projectId} and m.name = ${of.metric}
      and ${isAbove ? sql`s.max > ${of.bound}::float8` : sql`s.min < ${of.bound}::float8`}`;
}

/** When the newest batch of the inbox came for a row of `runs`. */
export function lastArrival(sql: postgres.Sql) {
  return sql`(select max(s.at) from metric_segments s where s.run_id = runs.id)`;
}
