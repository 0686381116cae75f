import { and, desc, eq, or, sql } from "drizzle-orm";
import { projects, recommendations, watches } from "@/db/schema";
import type { Recommendation } from "@/lib/recommend";
import { authorise, type Context, userOf } from "@/server/context";
import { contains } from "../contains";
import { inReach } from "../project/internal";

/**
 * The team's recommendations (of one project where given, with these words where given), newest first, with their
 * headline number. `changed` ones are watched by the reader and have changed since she last said that she saw them.
 */
export async function listRecommendations(ctx: Context, input: { project?: string; search?: string }) {
  authorise(ctx, "read");
  const userId = userOf(ctx) ?? "";
  const words = (input.search ?? "").split(/\s+/).filter(Boolean);
  const rows = await ctx.db
    .select({ recommendation: recommendations, project: projects.slug, seenAt: watches.seenAt })
    .from(recommendations)
    .innerJoin(projects, eq(projects.id, recommendations.projectId))
    .leftJoin(watches, and(eq(watches.subjectId, recommendations.id), eq(watches.userId, userId)))
    .where(
      and(
        eq(recommendations.teamId, ctx.teamId),
        inReach(ctx, recommendations.projectId),
        input.project ? eq(projects.slug, input.project) : undefined,
        ...words.map((word) =>
          or(
            contains(sql`${recommendations.title}`, word),
            contains(sql`${recommendations.note}`, word),
            contains(sql`${projects.slug}`, word),
            contains(sql`${projects.name}`, word),
            contains(sql`${recommendations.target}::text`, word),
          ),
        ),
      ),
    )
    .orderBy(desc(recommendations.createdAt));
  return rows.map(({ recommendation: r, project, seenAt }) => {
    const result = r.result as Recommendation;
    return {
      id: r.id,
      state: r.state,
      title: r.title,
      project,
      createdAt: r.createdAt,
      publishedAt: r.publishedAt,
      target: result.target,
      watching: seenAt !== null,
      changed: seenAt !== null && r.changedAt > seenAt,
      lr: result.schedule?.peakLr ?? result.wsd?.peakLr ?? null,
    };
  });
}
