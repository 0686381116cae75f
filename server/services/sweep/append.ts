import { and, eq } from "drizzle-orm";
import { sweeps } from "@/db/schema";
import type { SweepJob } from "@/lib/sweep";
import type { Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { announce } from "@/server/event";
import { insertJobs } from "./queue-jobs";

/** The sweep that gets more runs, locked until the transaction ends; a stopped one gets none. */
export async function lockedForMore(ctx: Context, id: string) {
  const [sweep] = await ctx.db
    .select()
    .from(sweeps)
    .where(and(eq(sweeps.teamId, ctx.teamId), eq(sweeps.id, id)))
    .for("update");
  if (!sweep) throw notFound("sweep", id);
  if (sweep.state === "canceled") throw new EtalonError("conflict", "the sweep was stopped; queue it again instead");
  return sweep;
}

/** Appends jobs, and sets a finished sweep running again. */
export async function append(ctx: Context, sweep: typeof sweeps.$inferSelect, jobs: SweepJob[]): Promise<void> {
  await insertJobs(ctx, sweep, jobs);
  if (sweep.state === "finished") {
    await ctx.db.update(sweeps).set({ state: "running", finishedAt: null }).where(eq(sweeps.id, sweep.id));
  }
  await announce(ctx, [{ projectId: sweep.projectId, kind: "sweep", id: sweep.id }]);
}
