import { LIMITS } from "@/lib/protocol";
import type { Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";

/** What a process remembers of a run that it takes points for: team and project never change, names are only added. */
interface KnownRun {
  teamId: string;
  projectId: string;
  ids: Map<string, number>;
}

/** Names held in memory by one process, over all runs; the runs used longest ago are forgotten first. */
const MOST_REMEMBERED = 500_000;

const shared = globalThis as unknown as { etalonMetricNames?: { runs: Map<string, KnownRun>; names: number } };

/**
 * Numbers of the metrics called `names` in a run, made where they are new; also the run's project.
 * Errors: `not_found` for a run that the team does not have, `invalid` above the limit of names a run.
 */
export async function metricIds(
  ctx: Context,
  runId: string,
  names: readonly string[],
): Promise<{ projectId: string; ids: number[] }> {
  shared.etalonMetricNames ??= { runs: new Map(), names: 0 };
  const memory = shared.etalonMetricNames;
  let known = memory.runs.get(runId);
  if (!known || known.teamId !== ctx.teamId || names.some((n) => !known!.ids.has(n))) {
    known = await register(ctx, runId, names);
    memory.names += known.ids.size - (memory.runs.get(runId)?.ids.size ?? 0);
  }
  memory.runs.delete(runId);
  memory.runs.set(runId, known);
  for (const [oldest, { ids }] of memory.runs) {
    if (memory.names <= MOST_REMEMBERED || oldest === runId) break;
    memory.runs.delete(oldest);
    memory.names -= ids.size;
  }
  return { projectId: known.projectId, ids: names.map((n) => known.ids.get(n)!) };
}

/** Forgets what this process knows of runs, after they were deleted. */
export function forgetNames(runIds: readonly string[]): void {
  const memory = shared.etalonMetricNames;
  for (const id of runIds) {
    if (memory) memory.names -= memory.runs.get(id)?.ids.size ?? 0;
    memory?.runs.delete(id);
  }
}

/** The row lock makes the count of a run's names exact whichever processes take its points. */
async function register(ctx: Context, runId: string, names: readonly string[]): Promise<KnownRun> {
  return ctx.sql.begin(async (sql) => {
    const [run] = await sql<{ project_id: string }[]>`
      select project_id from runs where id = ${runId} and team_id = ${ctx.teamId} for no key update`;
    if (!run) throw notFound("run", runId);
    const projectId = run.project_id;
    const wanted = [...new Set(names)].sort();
    await sql`
      insert into metrics (project_id, name)
      select ${projectId}::uuid, n.name from unnest(${wanted}::text[]) as n (name)
      where not exists (select from metrics m where m.project_id = ${projectId} and m.name = n.name)
      order by n.name
      on conflict do nothing`;
    // A row that is there must not meet the insert: it would wait for a compaction that changes it, and the compaction
    // for the run's row, which is locked here.
    await sql`
      insert into metric_summaries (run_id, metric_id)
      select ${runId}::uuid, id from metrics m where project_id = ${projectId} and name = any(${wanted}::text[])
        and not exists (select from metric_summaries s where s.run_id = ${runId} and s.metric_id = m.id)
      order by id
      on conflict do nothing`;
    const rows = await sql<{ id: number; name: string }[]>`
      select m.id, m.name from metric_summaries s join metrics m on m.id = s.metric_id where s.run_id = ${runId}`;
    if (rows.length > LIMITS.metricNames) {
      throw new EtalonError(
        "invalid",
        `the run would have ${rows.length} metric names; at most ${LIMITS.metricNames}`,
        [{ field: "series", message: `a run may have ${LIMITS.metricNames} metric names` }],
      );
    }
    return { teamId: ctx.teamId, projectId, ids: new Map(rows.map((r) => [r.name, r.id])) };
  });
}
