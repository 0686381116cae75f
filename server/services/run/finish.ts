import { and, eq } from "drizzle-orm";
import { runs } from "@/db/schema";
import type { FinishRun } from "@/lib/protocol";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { announce } from "../event";

/** Ends a run with its result. A run that was canceled stays canceled. Ending a run again overwrites nothing. */
export async function finishRun(ctx: Context, input: FinishRun & { runId: string }) {
  authorise(ctx, "ingest");
  const { runId, provenance, ...result } = input;
  const [run] = await ctx.db
    .select({ state: runs.state, projectId: runs.projectId })
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, runId)));
  if (!run) throw notFound("run", runId);
  const ended = run.state !== "running" && run.state !== "queued" && run.state !== "crashed";
  if (ended) return { state: run.state, changed: false };
  const now = ctx.now();
  const diverged = result.diverged || (result.finalLoss !== null && !Number.isFinite(result.finalLoss));
  await ctx.db
    .update(runs)
    .set({ ...result, diverged, finishedAt: now, updatedAt: now, ...(provenance && { provenance }) })
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, runId)));
  await announce(ctx.db, [{ teamId: ctx.teamId, projectId: run.projectId, kind: "run", id: runId }]);
  return { state: result.state, changed: true };
}
