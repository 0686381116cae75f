import { eq } from "drizzle-orm";
import type postgres from "postgres";
import type { Db } from "@/db/client";
import { deletions } from "@/db/schema";
import { inBackground, type Pass } from "@/server/background";
import { announce } from "@/server/event";
import { deletePoints, vacuumPoints } from "@/server/store";

const EVERY_MS = 1_000;

/** Works off deletions until the returned function is called; one that was interrupted is taken up again. */
export function startDeleter(means: { sql: postgres.Sql; db: Db }, log: (line: string) => void): () => Promise<void> {
  const pass = ({ stopped }: Pass) => deleteNext(means, stopped);
  return inBackground(pass, { everyMs: EVERY_MS, failure: "deletion not done", log }).stop;
}

/** The oldest open deletion, run by run, each in statements of its own, so that nothing has to be done twice. */
export async function deleteNext({ sql, db }: { sql: postgres.Sql; db: Db }, stopped = () => false): Promise<boolean> {
  const [job] = await db
    .select()
    .from(deletions)
    .where(eq(deletions.state, "running"))
    .orderBy(deletions.createdAt)
    .limit(1);
  if (!job) return deleteTeams(sql, stopped);
  const tell = () => announce({ db, teamId: job.teamId }, [{ projectId: job.projectId, kind: "deletion", id: job.id }]);
  try {
    const left = await sql<{ id: string }[]>`
      select id from runs where team_id = ${job.teamId} and project_id = ${job.projectId}
        ${job.runIds ? sql`and id = any(${job.runIds}::uuid[])` : sql``}`;
    let told = Date.now();
    for (const [i, { id }] of left.entries()) {
      if (stopped()) return true;
      await deletePoints(sql, id, (tx) => tx`delete from runs where id = ${id}`);
      if (Date.now() - told < 500 && i < left.length - 1) continue;
      await sql`update deletions set done = total - ${left.length - i - 1} where id = ${job.id}`;
      await tell();
      told = Date.now();
    }
    if (!job.runIds) await sql`delete from projects where id = ${job.projectId} and team_id = ${job.teamId}`;
    await vacuumPoints(sql);
    await sql`vacuum run_logs`;
    await db
      .update(deletions)
      .set({ state: "finished", done: job.total, finishedAt: new Date() })
      .where(eq(deletions.id, job.id));
  } catch (e) {
    if (stopped()) return true;
    if (isTransient(e)) throw e;
    await db
      .update(deletions)
      .set({ state: "failed", error: (e as Error).message, finishedAt: new Date() })
      .where(eq(deletions.id, job.id));
  }
  await tell();
  return true;
}

/** Teams that were deleted, the first first; one that cannot be keeps no other. False where there is none. */
async function deleteTeams(sql: postgres.Sql, stopped: () => boolean): Promise<boolean> {
  const teams = await sql<{ id: string }[]>`select id from teams where deleted_at is not null order by deleted_at`;
  let failed: unknown = null;
  for (const { id } of teams) {
    if (stopped()) return true;
    await deleteTeam(sql, id, stopped).catch((e: unknown) => {
      failed ??= e;
    });
  }
  if (failed !== null) throw failed;
  return teams.length > 0;
}

/** Its runs one by one, then all that is left of it. */
async function deleteTeam(sql: postgres.Sql, teamId: string, stopped: () => boolean): Promise<void> {
  for (const { id } of await sql<{ id: string }[]>`select id from runs where team_id = ${teamId}`) {
    if (stopped()) return;
    await deletePoints(sql, id, (tx) => tx`delete from runs where id = ${id}`);
  }
  await sql`delete from teams where id = ${teamId}`;
  await vacuumPoints(sql);
}

/**
 * Of an error that does not come again by itself: a deadlock, another conflict, or a database that went away. Drizzle
 * wraps what the driver threw.
 */
function isTransient(e: unknown): boolean {
  for (let at = e; typeof at === "object" && at !== null; at = (at as { cause?: unknown }).cause) {
    if (/^(40|08|57P0|53|55P03|25006)|^CONNECT(ION)?_|^E[A-Z]+$/.test(String((at as { code?: unknown }).code)))
      return true;
  }
  return false;
}
