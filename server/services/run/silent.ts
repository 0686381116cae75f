import { LIMITS } from "@/lib/protocol";
import type { Context } from "@/server/context";
import { announce } from "@/server/event";
import { lastArrival } from "@/server/store";

/**
 * Takes runs of other programs for dead from which nothing came for `LIMITS.silentMinutes`, as far as this server has
 * been able to hear them: since `heardSinceMs` of the database's clock. Data or a heartbeat bring such a run back.
 */
export async function crashSilentRuns(ctx: Context, heardSinceMs: number): Promise<number> {
  const rows = await ctx.sql.begin(async (tx) => {
    const isSilent = tx`
      source = 'api' and state = 'running' and greatest(
        coalesce(last_seen_at, created_at), started_at, updated_at,
        ${lastArrival(tx)},
        to_timestamp(${heardSinceMs / 1_000}::float8)
      ) < now() - make_interval(mins => ${LIMITS.silentMinutes})`;
    // A run that somebody writes to just now is alive; what was written until the row was locked is seen by the second
    // look.
    const held = await tx<{ id: string }[]>`
      select id from runs where ${isSilent} order by id for no key update skip locked`;
    return tx<{ id: string; team_id: string; project_id: string }[]>`
      update runs set state = 'crashed', finished_at = now(), updated_at = now(),
        error = 'no sign of life for ' || ${LIMITS.silentMinutes}::int || ' minutes: taken for dead; data bring it back'
      where id = any(${held.map((r) => r.id)}::uuid[]) and ${isSilent}
      returning id, team_id, project_id`;
  });
  for (const r of rows)
    await announce({ ...ctx, teamId: r.team_id }, [{ projectId: r.project_id, kind: "run", id: r.id }]);
  return rows.length;
}
