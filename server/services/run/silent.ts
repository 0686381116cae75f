import { LIMITS } from "@/lib/protocol";
import type { Context } from "@/server/context";
import { announce } from "@/server/event";
import { lastArrival } from "@/server/store";
import { inTransaction } from "@/server/transaction";
import { tellStalled } from "../notification/internal";

interface Row {
  [column: string]: unknown;
  id: string;
  team_id: string;
  project_id: string;
  /** Milliseconds since 1970. */
  since: number;
}

/**
 * Takes runs of other programs for dead from which nothing came for `LIMITS.silentMinutes`, as far as this server has
 * been able to hear them: since `heardSinceMs` of the database's clock. Data or a heartbeat bring such a run back.
 */
export async function crashSilentRuns(ctx: Context, heardSinceMs: number): Promise<number> {
  const rows = await inTransaction(ctx, async (ctx) => {
    const { sql } = ctx;
    const isSilent = sql`
      source = 'api' and state = 'running' and greatest(
        coalesce(last_seen_at, created_at), started_at, updated_at,
        ${lastArrival(sql)},
        to_timestamp(${heardSinceMs / 1_000}::float8)
      ) < now() - make_interval(mins => ${LIMITS.silentMinutes})`;
    // A run that somebody writes to just now is alive; what was written until the row was locked is seen by the second
    // look.
    const held = await sql<{ id: string }[]>`
      select id from runs where ${isSilent} order by id for no key update skip locked`;
    const crashed = await sql<Row[]>`
      update runs set state = 'crashed', finished_at = now(), updated_at = now(),
        error = 'no sign of life for ' || ${LIMITS.silentMinutes}::int || ' minutes: taken for dead; data bring it back'
      where id = any(${held.map((r) => r.id)}::uuid[]) and ${isSilent}
      returning id, team_id, project_id, (extract(epoch from coalesce(last_points_at, started_at, created_at)) * 1000)::float8 as since`;
    for (const r of crashed) {
      const team = { ...ctx, teamId: r.team_id };
      await tellStalled(team, { id: r.id, projectId: r.project_id, since: new Date(r.since) });
      await announce(team, [{ projectId: r.project_id, kind: "run", id: r.id }]);
    }
    return crashed;
  });
  return rows.length;
}

/**
 * Tells of runs of other programs that live, by their heartbeats, but from which no point has come for
 * `LIMITS.silentMinutes`: a training that hangs. What never sent a point is not waited for.
 */
export async function tellStalledRuns(ctx: Context, heardSinceMs: number): Promise<number> {
  const rows = await ctx.sql<Row[]>`
    select id, team_id, project_id, (extract(epoch from last_points_at) * 1000)::float8 as since from runs
    where source = 'api' and state = 'running'
      and greatest(last_points_at, started_at, ${lastArrival(ctx.sql)}, to_timestamp(${heardSinceMs / 1_000}::float8))
        < now() - make_interval(mins => ${LIMITS.silentMinutes})
      and last_points_at is not null
      and not exists (
        select from notification_events e
        where e.run_id = runs.id and e.kind = 'run-stalled' and e.created_at > runs.last_points_at)`;
  for (const r of rows)
    await tellStalled({ ...ctx, teamId: r.team_id }, { id: r.id, projectId: r.project_id, since: new Date(r.since) });
  return rows.length;
}
