import { createHash } from "node:crypto";
import { and, eq, inArray, sql } from "drizzle-orm";
import { runs, sweeps } from "@/db/schema";
import { curvesOf, type Optimum, optimumOf } from "@/lib/estimate";
import { unfinishedCurves } from "@/lib/fit";
import type { RunPoint } from "@/lib/run";
import type { Context } from "@/server/context";
import { unfinishedRuns } from "../fit";
import { tell } from "../notification/internal";

/** What ended earlier is no news. */
const LOOKED_BACK_MS = 24 * 3_600_000;
const SETTINGS = { loss: "held-out", seeds: "average" } as const;

interface EndedRun {
  id: string;
  sweepId: string | null;
  finishedAt: Date | null;
}

/**
 * Tells of finished curves whose best rate is the first or last of its grid: once a finished sweep of all its curves,
 * once a curve and side of runs that no single sweep holds. Runs that were imported are no news.
 */
export async function tellOptimaAtEdge(
  ctx: Context,
  project: { id: string; slug: string },
  points: RunPoint[],
): Promise<void> {
  const curves = curvesOf(points, SETTINGS).map((c) => optimumOf(c, "ew"));
  if (!curves.some(isAtEdge)) return;
  const runOf = await ownRuns(ctx, project.id);
  const open = await unfinishedRuns(ctx, { project: project.slug, open: true });
  const openKeys = new Set(unfinishedCurves(curves, open).map((c) => c.key));
  const bySweep = new Map<string, Optimum[]>();
  for (const curve of curves) {
    const own = curve.points.flatMap((p) => p.runIds.map((id) => runOf.get(id)));
    const sweepIds = new Set(own.map((r) => r?.sweepId ?? null));
    const [sweepId] = sweepIds;
    if (sweepIds.size === 1 && sweepId) bySweep.set(sweepId, [...(bySweep.get(sweepId) ?? []), curve]);
    else if (isAtEdge(curve) && !openKeys.has(curve.key) && isNews(ctx, own)) await tellCurve(ctx, project.id, curve);
  }
  await tellSweeps(ctx, project.id, bySweep);
}

function isAtEdge({ status }: Optimum): boolean {
  return status === "censored-low" || status === "censored-high";
}

/** Runs of programs and of the trainer, by id. */
async function ownRuns(ctx: Context, projectId: string): Promise<Map<string, EndedRun>> {
  const rows = await ctx.db
    .select({ id: runs.id, sweepId: runs.sweepId, finishedAt: runs.finishedAt })
    .from(runs)
    .where(and(eq(runs.projectId, projectId), inArray(runs.source, ["api", "trainer"])));
  return new Map(rows.map((r) => [r.id, r]));
}

function isNews(ctx: Context, own: (EndedRun | undefined)[]): boolean {
  const after = ctx.now().getTime() - LOOKED_BACK_MS;
  return own.some((r) => r?.finishedAt && r.finishedAt.getTime() > after);
}

async function tellCurve(ctx: Context, projectId: string, { key, status }: Optimum): Promise<void> {
  const name = createHash("sha256").update(key).digest("hex").slice(0, 16);
  const low = status === "censored-low" ? 1 : 0;
  await tell(ctx, {
    kind: "optimum-at-edge",
    subject: { projectId },
    occurrence: `${name} ${status}`,
    detail: { low, high: 1 - low, curves: 1 },
  });
}

async function tellSweeps(ctx: Context, projectId: string, bySweep: Map<string, Optimum[]>): Promise<void> {
  const after = new Date(ctx.now().getTime() - LOOKED_BACK_MS).toISOString();
  const finished = await ctx.db
    .select({ id: sweeps.id, finishedAt: sweeps.finishedAt })
    .from(sweeps)
    .where(and(eq(sweeps.projectId, projectId), eq(sweeps.state, "finished"), sql`${sweeps.finishedAt} > ${after}`));
  for (const { id: sweepId, finishedAt } of finished) {
    const curves = bySweep.get(sweepId) ?? [];
    const low = curves.filter((c) => c.status === "censored-low").length;
    const high = curves.filter((c) => c.status === "censored-high").length;
    if (low + high === 0) continue;
    await tell(ctx, {
      kind: "optimum-at-edge",
      subject: { projectId, sweepId },
      occurrence: finishedAt!.toISOString(),
      detail: { low, high, curves: curves.length },
    });
  }
}
