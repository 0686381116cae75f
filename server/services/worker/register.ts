import { and, eq, sql } from "drizzle-orm";
import { workers } from "@/db/schema";
import { LEASE_SECONDS, type RegisterWorker } from "@/lib/protocol";
import { authorise, type Context } from "@/server/context";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { expandWaitingSweeps } from "../sweep/internal";

/** A living agent calls every few seconds; one that was silent for longer has ended. */
const SILENT_SECONDS = 15;

/**
 * Enters a worker and chooses the preset of sweeps that wait for a speed. An agent that starts again under its name and
 * host finds its row; one that finds another agent living there gets a row of its own.
 */
export async function registerWorker(ctx: Context, input: RegisterWorker) {
  authorise(ctx, "work");
  const workerId = await inTransaction(ctx, (ctx) => enter(ctx, input));
  await expandWaitingSweeps(ctx, input);
  await announce(ctx, [{ projectId: null, kind: "worker", id: workerId }]);
  return { workerId, leaseSeconds: LEASE_SECONDS };
}

async function enter(ctx: Context, input: RegisterWorker): Promise<string> {
  const { teamId } = ctx;
  const { instance = null, ...about } = input;
  // Two that come at once must not both take the row.
  await ctx.db.execute(sql`select pg_advisory_xact_lock(hashtext(${`worker ${teamId} ${input.host} ${input.name}`}))`);
  const [known] = await ctx.db
    .select({ id: workers.id })
    .from(workers)
    .where(
      and(
        eq(workers.teamId, teamId),
        eq(workers.name, input.name),
        eq(workers.host, input.host),
        // Agents of versions before name no instance.
        sql`(${instance}::text is null or ${workers.instance} = ${instance} or ${workers.stoppedAt} is not null
          or ${workers.lastSeenAt} < now() - make_interval(secs => ${SILENT_SECONDS}))`,
      ),
    )
    .orderBy(sql`${workers.instance} is not distinct from ${instance} desc`, sql`${workers.lastSeenAt} desc`)
    .limit(1);
  const seen = { ...about, instance, startedAt: sql`now()`, lastSeenAt: sql`now()`, stoppedAt: null };
  if (known) {
    await ctx.db.update(workers).set(seen).where(eq(workers.id, known.id));
    return known.id;
  }
  const [row] = await ctx.db
    .insert(workers)
    .values({ teamId, ...seen })
    .returning({ id: workers.id });
  return row!.id;
}
