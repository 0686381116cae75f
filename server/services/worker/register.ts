import { and, eq } from "drizzle-orm";
import { workers } from "@/db/schema";
import { LEASE_SECONDS, type RegisterWorker } from "@/lib/protocol";
import { authorise, type Context } from "@/server/context";
import { announce } from "../event";
import { expandWaitingSweeps } from "../sweep/expand";

/** Enters a worker, or finds the row of the same name and host again, and chooses the preset of sweeps that wait for a speed. */
export async function registerWorker(ctx: Context, input: RegisterWorker) {
  authorise(ctx, "work");
  const now = ctx.now();
  const seen = { ...input, startedAt: now, lastSeenAt: now, stoppedAt: null };
  const [known] = await ctx.db
    .update(workers)
    .set(seen)
    .where(and(eq(workers.teamId, ctx.teamId), eq(workers.name, input.name), eq(workers.host, input.host)))
    .returning({ id: workers.id });
  const [row] = known
    ? [known]
    : await ctx.db
        .insert(workers)
        .values({ teamId: ctx.teamId, ...seen })
        .returning({ id: workers.id });
  await expandWaitingSweeps(ctx, input);
  await announce(ctx.db, [{ teamId: ctx.teamId, projectId: null, kind: "worker", id: row!.id }]);
  return { workerId: row!.id, leaseSeconds: LEASE_SECONDS };
}
