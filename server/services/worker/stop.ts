import { and, eq, sql } from "drizzle-orm";
import { workers } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { announce } from "@/server/event";

/** A worker says goodbye. */
export async function stopWorker(ctx: Context, input: { workerId: string }): Promise<void> {
  authorise(ctx, "work");
  const rows = await ctx.db
    .update(workers)
    .set({ stoppedAt: sql`now()` })
    .where(and(eq(workers.teamId, ctx.teamId), eq(workers.id, input.workerId)))
    .returning({ id: workers.id });
  if (rows.length === 0) throw notFound("worker", input.workerId);
  await announce(ctx, [{ projectId: null, kind: "worker", id: input.workerId }]);
}
