import { and, eq, inArray } from "drizzle-orm";
import { jobs, sweeps } from "@/db/schema";
import type { Context } from "@/server/context";

/** Sets a running sweep finished once no job of it is queued or running. */
export async function closeSweepIfDone(ctx: Context, sweepId: string): Promise<void> {
  const [sweep] = await ctx.db.select({ state: sweeps.state }).from(sweeps).where(eq(sweeps.id, sweepId)).for("update");
  if (sweep?.state !== "running") return;
  const open = await ctx.db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.sweepId, sweepId), inArray(jobs.state, ["queued", "running"])))
    .limit(1);
  if (open.length > 0) return;
  await ctx.db.update(sweeps).set({ state: "finished", finishedAt: ctx.now() }).where(eq(sweeps.id, sweepId));
}
