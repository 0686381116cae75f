import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import { runs } from "@/db/schema";
import { curvesOf, type Optimum, optimumOf } from "@/lib/estimate";
import { type Outcome, type OutcomeRun, outcomeOf, type Recommendation, wsdCurveLike } from "@/lib/recommend";
import { type Context, reaches } from "@/server/context";
import { runPoints } from "../run";
import type { elsewhereSchema } from "./set-outcome";

export type Elsewhere = z.output<typeof elsewhereSchema>;
export type AttachedOutcome = Outcome & {
  /** Null for a run that another tracker has. */
  run: { id: string; name: string } | null;
  address: string | null;
  note: string;
};

/**
 * The attached run against the advice, and on the curve of runs that differ from it only in peak LR; null without one.
 */
export async function outcomeFor(
  ctx: Context,
  of: { project: string; result: Recommendation; runId: string | null; elsewhere: Elsewhere | null; note: string },
): Promise<AttachedOutcome | null> {
  if (of.elsewhere) {
    const { address, ...achieved } = of.elsewhere;
    return { ...outcomeOf(of.result, { ...achieved, dims: null }, null), run: null, address, note: of.note };
  }
  if (of.runId === null) return null;
  const [run] = await ctx.db
    .select()
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, of.runId)));
  if (!run || !reaches(ctx, run.projectId)) return null;
  const { own, wsd } = await curvesFor(ctx, of.project, run.id);
  return {
    ...outcomeOf(of.result, achievedBy(run), own, wsd),
    run: { id: run.id, name: run.name },
    address: null,
    note: of.note,
  };
}

export function achievedBy(run: typeof runs.$inferSelect): OutcomeRun {
  return { peakLr: run.peakLr, loss: run.finalLoss, diverged: run.diverged, dims: run };
}

/** The curve of a run, and the one of WSD runs that differ from it in the schedule alone. */
async function curvesFor(
  ctx: Context,
  project: string,
  runId: string,
): Promise<{ own: Optimum | null; wsd: Optimum | null }> {
  const points = await runPoints(ctx, { project });
  const curves = curvesOf(points, { loss: "held-out", seeds: "average" });
  const own = curves.find((c) => c.points.some((p) => p.runIds.includes(runId)));
  const wsd = own ? wsdCurveLike(own, curves) : null;
  return { own: own ? optimumOf(own, "ew") : null, wsd: wsd && optimumOf(wsd, "ew") };
}
