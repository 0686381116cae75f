import { and, eq } from "drizzle-orm";
import { fits, projects, recommendations, users } from "@/db/schema";
import type { Recommendation, TransferSummary } from "@/lib/recommend";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";

/** One recommendation with the chain behind it. */
export async function getRecommendation(ctx: Context, input: { id: string }) {
  authorise(ctx, "read");
  const [row] = await ctx.db
    .select({ recommendation: recommendations, project: projects.slug, fitName: fits.name, author: users.name })
    .from(recommendations)
    .innerJoin(projects, eq(projects.id, recommendations.projectId))
    .innerJoin(fits, eq(fits.id, recommendations.fitId))
    .leftJoin(users, eq(users.id, recommendations.createdBy))
    .where(and(eq(recommendations.teamId, ctx.teamId), eq(recommendations.id, input.id)));
  if (!row) throw notFound("recommendation", input.id);
  const { id, state, title, note, fitId, createdAt, publishedAt, supersededBy } = row.recommendation;
  return {
    id,
    state,
    title,
    note,
    project: row.project,
    fit: { id: fitId, name: row.fitName },
    author: row.author,
    createdAt,
    publishedAt,
    supersededBy,
    result: row.recommendation.result as Recommendation,
    transfer: (row.recommendation.evidence ?? []) as TransferSummary[],
  };
}
