import { and, eq, sql } from "drizzle-orm";
import { workers } from "@/db/schema";
import type { Context } from "@/server/context";
import { notFound } from "@/server/errors";

/** Notes that the worker was heard of; for verbs that have authorised already. */
export async function touchWorker(ctx: Context, workerId: string): Promise<void> {
  const rows = await ctx.db
    .update(workers)
    .set({ lastSeenAt: sql`now()`, stoppedAt: null })
    .where(and(eq(workers.teamId, ctx.teamId), eq(workers.id, workerId)))
    .returning({ id: workers.id });
  if (rows.length === 0) throw notFound("worker", workerId);
}
