import type { Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";

/** Whose runs are read, and by what means. */
export type Asker = Pick<Context, "sql" | "teamId">;

/** Names of the metrics of a project, sorted; at most so many. */
export async function metricNames({ sql }: Pick<Context, "sql">, projectId: string, most: number): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select name from metrics where project_id = ${projectId} order by name collate "C" limit ${most}`;
  return rows.map((r) => r.name);
}

/** The number that a metric's name has in each run's project; only runs of the team. */
export async function metricsOf(
  ctx: Asker,
  input: { runIds: string[]; metric: string },
): Promise<{ runId: string; metricId: number }[]> {
  const rows = await ctx.sql<{ run_id: string; metric_id: number }[]>`
    select r.id as run_id, m.id as metric_id
    from runs r join metrics m on m.project_id = r.project_id and m.name = ${input.metric}
    where r.id = any(${input.runIds}::uuid[]) and r.team_id = ${ctx.teamId}`;
  return rows.map((r) => ({ runId: r.run_id, metricId: r.metric_id }));
}

/** The same where every id must be a run of the team. */
export async function requiredMetrics(ctx: Asker, input: { runIds: string[]; metric: string }) {
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
