import { and, eq } from "drizzle-orm";
import { runs } from "@/db/schema";
import { curvesOf, type Optimum, optimumOf } from "@/lib/estimate";
import { type Outcome, outcomeOf, type Recommendation } from "@/lib/recommend";
import type { Context } from "@/server/context";
import { runPoints } from "../run";

export type AttachedOutcome = Outcome & { run: { id: string; name: string }; note: string };

/** The attached run against the advice, and on the curve of runs that differ from it only in peak LR; null without one. */
export async function outcomeFor(
  ctx: Context,
  of: { project: string; result: Recommendation; runId: string | null; note: string },
): Promise<AttachedOutcome | null> {
  if (of.runId === null) return null;
  const [run] = await ctx.db
    .select({ id: runs.id, name: runs.name, peakLr: runs.peakLr, loss: runs.finalLoss, diverged: runs.diverged })
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, of.runId)));
  if (!run) return null;
  const curve = await curveOf(ctx, of.project, run.id);
  return { ...outcomeOf(of.result, run, curve), run: { id: run.id, name: run.name }, note: of.note };
}

async function curveOf(ctx: Context, project: string, runId: string): Promise<Optimum | null> {
  const points = await runPoints(ctx, { project });
  const curve = curvesOf(points, { lossMetric: "final", seeds: "average" }).find((c) =>
    c.points.some((p) => p.runIds.includes(runId)),
  );
  return curve ? optimumOf(curve, "ew") : null;
}
