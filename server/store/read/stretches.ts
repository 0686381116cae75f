import type { Points } from "@/lib/series";
import type { Asker } from "./names";
import { readPoints } from "./points";

/** Points read at once; who goes through them holds no more in memory. */
const POINTS_A_READ = 250_000;

/** Every visible point of a run of the team, metric by metric in stretches of steps. */
export async function* everyPoint(ctx: Asker, runId: string): AsyncGenerator<{ metric: string; points: Points }> {
  const metrics = await ctx.sql<{ id: number; name: string }[]>`
    select m.id, m.name from metric_summaries s join metrics m on m.id = s.metric_id join runs r on r.id = s.run_id
    where s.run_id = ${runId} and r.team_id = ${ctx.teamId} order by m.name`;
  for (const { id, name } of metrics) {
    for (const range of await stretches(ctx, runId, id)) {
      const points = (await readPoints(ctx.sql, [{ runId, metricId: id }], BOTH, range)).get(runId);
      if (points) yield { metric: name, points };
    }
  }
}

const BOTH = { tokens: true, times: true };

/** Ranges of steps that cover all there is: cut where so many points of the chunks have gone by. */
async function stretches(ctx: Asker, runId: string, metricId: number): Promise<{ from: number; to: number }[]> {
  const cuts = await ctx.sql<{ step: number }[]>`
    select max(last_step) as step from (
      select last_step, (sum(points) over (order by first_step) - 1) / ${POINTS_A_READ} as part
      from metric_chunks where run_id = ${runId} and metric_id = ${metricId} and hidden_by = 0
    ) c group by part order by 1`;
  const ends = [...cuts.slice(0, -1).map((c) => c.step), Number.MAX_SAFE_INTEGER];
  return ends.map((to, i) => ({ from: i === 0 ? 0 : ends[i - 1]! + 1, to }));
}
