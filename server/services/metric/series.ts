import { authorise, type Context } from "@/server/context";

/** One run's values of one metric, ascending in step; times are milliseconds since 1970. */
export interface Series {
  runId: string;
  steps: number[];
  values: number[];
  tokens: (number | null)[];
  times: (number | null)[];
}

/**
 * Values of one metric for runs of the team, in the order asked. `afterStep` gives only what is new.
 * Runs of other teams and runs without the metric come back empty.
 */
export async function readSeries(
  ctx: Context,
  input: { runIds: string[]; metric: string; afterStep?: number },
): Promise<Series[]> {
  authorise(ctx, "read");
  const rows = await ctx.sql<
    { run_id: string; steps: number[]; values: number[]; tokens: (number | null)[]; times: (number | null)[] }[]
  >`
    select p.run_id,
           array_agg(p.step::float8 order by p.step) as steps,
           array_agg(p.value order by p.step) as values,
           array_agg(p.tokens order by p.step) as tokens,
           array_agg(extract(epoch from p.time)::float8 * 1000 order by p.step) as times
    from metric_points p join runs r on r.id = p.run_id
    where p.run_id = any(${input.runIds}::uuid[]) and r.team_id = ${ctx.teamId}
      and p.metric = ${input.metric} and p.step > ${input.afterStep ?? -1}
    group by p.run_id`;
  const byRun = new Map(rows.map((r) => [r.run_id, r]));
  return input.runIds.map((runId) => {
    const row = byRun.get(runId);
    return row
      ? { runId, steps: row.steps, values: row.values, tokens: row.tokens, times: row.times }
      : { runId, steps: [], values: [], tokens: [], times: [] };
  });
}
