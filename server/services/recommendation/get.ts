import { and, asc, eq } from "drizzle-orm";
import { fits, projects, recommendationComments, recommendations, users } from "@/db/schema";
import type { Recommendation, TransferSummary } from "@/lib/recommend";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { followersOf } from "./followers";
import { historyOf } from "./history";
import { type Elsewhere, outcomeFor } from "./outcome";

/** One recommendation with the chain behind it. */
export async function getRecommendation(ctx: Context, input: { id: string }) {
  authorise(ctx, "read");
  const [row] = await ctx.db
    .select({
      recommendation: recommendations,
      project: projects.slug,
      fit: { id: fits.id, name: fits.name, settings: fits.settings },
      author: users.name,
    })
    .from(recommendations)
    .innerJoin(projects, eq(projects.id, recommendations.projectId))
    .innerJoin(fits, eq(fits.id, recommendations.fitId))
    .leftJoin(users, eq(users.id, recommendations.createdBy))
    .where(and(eq(recommendations.teamId, ctx.teamId), eq(recommendations.id, input.id)));
  if (!row) throw notFound("recommendation", input.id);
  const { id, state, title, note, createdAt, publishedAt, supersededBy } = row.recommendation;
  const result = row.recommendation.result as Recommendation;
  const { outcomeRunId: runId, outcomeNote, publishReason } = row.recommendation;
  const elsewhere = row.recommendation.outcomeElsewhere as Elsewhere | null;
  return {
    id,
    state,
    title,
    note,
    project: row.project,
    fit: row.fit,
    author: row.author,
    createdAt,
    publishedAt,
    supersededBy,
    publishReason,
    result,
    transfer: (row.recommendation.evidence ?? []) as TransferSummary[],
    outcome: await outcomeFor(ctx, { project: row.project, result, runId, elsewhere, note: outcomeNote }),
    followers: await followersOf(ctx, { id, result }),
    ...(await historyOf(ctx, id)),
    comments: await commentsOn(ctx, id),
  };
}

async function commentsOn(ctx: Context, id: string) {
  return ctx.db
    .select({
      id: recommendationComments.id,
      body: recommendationComments.body,
      author: users.name,
      createdAt: recommendationComments.createdAt,
    })
    .from(recommendationComments)
    .leftJoin(users, eq(users.id, recommendationComments.authorId))
    .where(and(eq(recommendationComments.teamId, ctx.teamId), eq(recommendationComments.recommendationId, id)))
    .orderBy(asc(recommendationComments.createdAt));
}
