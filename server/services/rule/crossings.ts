import { eq, isNull } from "drizzle-orm";
import { metricRules, teams } from "@/db/schema";
import type { Context } from "@/server/context";
import { beyondBound } from "@/server/store";
import { tell } from "../notification/internal";

/** Points of a run that has ended are compacted within seconds; so long it is looked at. */
const AFTER_END_MS = 3_600_000;

/** Tells of runs whose metric is beyond the bound of a rule, once a rule and run. */
export async function tellCrossings(ctx: Context): Promise<void> {
  const rules = await ctx.db
    .select({ rule: metricRules })
    .from(metricRules)
    .innerJoin(teams, eq(teams.id, metricRules.teamId))
    .where(isNull(teams.deletedAt));
  for (const { rule } of rules) {
    const { id, teamId, projectId, metric, comparison, bound, createdAt } = rule;
    const endedAfter = new Date(Math.max(createdAt.getTime(), ctx.now().getTime() - AFTER_END_MS));
    const told = await ctx.sql<{ run_id: string }[]>`
      select run_id from notification_events
      where project_id = ${projectId} and created_at >= ${createdAt.toISOString()}::timestamptz and kind = 'metric-crossed'
        and cause like ${`% ${id}`}`;
    const known = new Set(told.map((t) => t.run_id));
    for (const run of await beyondBound(ctx, { projectId, metric, comparison, bound, endedAfter })) {
      if (known.has(run.id)) continue;
      await tell(
        { ...ctx, teamId },
        {
          kind: "metric-crossed",
          subject: { projectId, runId: run.id },
          occurrence: id,
          detail: { metric, comparison, bound, value: run.value, step: run.step },
        },
      );
    }
  }
}
