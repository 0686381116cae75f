import { and, desc, eq } from "drizzle-orm";
import { projects, recommendations } from "@/db/schema";
import type { Recommendation } from "@/lib/recommend";
import { authorise, type Context } from "@/server/context";

/** The team's recommendations (of one project where given), newest first, with their headline number. */
export async function listRecommendations(ctx: Context, input: { project?: string }) {
  authorise(ctx, "read");
  const rows = await ctx.db
    .select({ recommendation: recommendations, project: projects.slug })
    .from(recommendations)
    .innerJoin(projects, eq(projects.id, recommendations.projectId))
    .where(and(eq(recommendations.teamId, ctx.teamId), input.project ? eq(projects.slug, input.project) : undefined))
    .orderBy(desc(recommendations.createdAt));
  return rows.map(({ recommendation: r, project }) => {
    const result = r.result as Recommendation;
    return {
      id: r.id,
      state: r.state,
      title: r.title,
      project,
      createdAt: r.createdAt,
      publishedAt: r.publishedAt,
      target: result.target,
      lr: result.schedule?.peakLr ?? result.wsd?.peakLr ?? null,
    };
  });
}
