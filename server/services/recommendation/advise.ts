import { and, eq } from "drizzle-orm";
import { fits, projects, recommendations } from "@/db/schema";
import { type FitResult, readFitResult } from "@/lib/fit";
import {
  parseTargetQuery,
  type Recommendation,
  type RecommendationTarget,
  recommend,
  type TransferSummary,
  targetDistance,
} from "@/lib/recommend";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { inReach, resolveProject } from "../project/internal";

const MOST = 20;

/**
 * The published recommendations for a target, nearest first. `exact` ones were published for this very target; the
 * others give what the fit behind them says about it, which nobody has published.
 */
export async function adviseTarget(ctx: Context, input: { target: string; project?: string }) {
  authorise(ctx, "read");
  if (input.project !== undefined) await resolveProject(ctx, input.project);
  const found = await publishedWithFits(ctx, { project: input.project });
  const list = found.map((r) => {
    const target = targetOf(input.target, r.result.target);
    const distance = targetDistance(target, r.result.target);
    return { ...answer(r, target), exact: distance === 0, distance };
  });
  return { recommendations: list.sort((p, q) => p.distance - q.distance).slice(0, MOST) };
}

/** What a published recommendation's fit says about another target; what the query leaves out is as published. */
export async function adviseFor(ctx: Context, input: { id: string; target: string }) {
  authorise(ctx, "read");
  const [found] = await publishedWithFits(ctx, { id: input.id });
  if (!found) throw notFound("published recommendation", input.id);
  const target = targetOf(input.target, found.result.target);
  const distance = targetDistance(target, found.result.target);
  return { ...answer(found, target), exact: distance === 0, distance };
}

type Found = {
  id: string;
  title: string;
  project: string;
  result: Recommendation;
  transfer: TransferSummary[];
  fit: FitResult;
};

function answer({ id, title, project, result, transfer, fit }: Found, target: RecommendationTarget) {
  const isPublished = targetDistance(target, result.target) === 0;
  const advice = isPublished ? result : recommend(fit, target, transfer);
  return { id, title, project, peakLr: advice?.schedule?.peakLr ?? null, result: advice };
}

function targetOf(text: string, base: RecommendationTarget): RecommendationTarget {
  try {
    return parseTargetQuery(text, base);
  } catch (e) {
    throw new EtalonError("invalid", (e as Error).message, [{ field: "target", message: (e as Error).message }]);
  }
}

async function publishedWithFits(ctx: Context, where: { project?: string; id?: string }): Promise<Found[]> {
  const rows = await ctx.db
    .select({ recommendation: recommendations, project: projects.slug, fit: fits.result })
    .from(recommendations)
    .innerJoin(projects, eq(projects.id, recommendations.projectId))
    .innerJoin(fits, eq(fits.id, recommendations.fitId))
    .where(
      and(
        eq(recommendations.teamId, ctx.teamId),
        eq(recommendations.state, "published"),
        inReach(ctx, recommendations.projectId),
        where.project ? eq(projects.slug, where.project) : undefined,
        where.id ? eq(recommendations.id, where.id) : undefined,
      ),
    );
  return rows.map(({ recommendation: r, project, fit }) => ({
    id: r.id,
    title: r.title,
    project,
    result: r.result as Recommendation,
    transfer: (r.evidence ?? []) as TransferSummary[],
    fit: readFitResult(fit),
  }));
}
