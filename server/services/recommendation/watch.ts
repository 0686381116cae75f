import { and, eq } from "drizzle-orm";
import { recommendations, recommendationWatchers } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";

/** Watches a recommendation, or no longer; watching again says that everything up to now was seen. */
export async function watchRecommendation(ctx: Context, input: { id: string; watching: boolean }) {
  authorise(ctx, "read");
  if (ctx.actor.kind !== "user") throw new EtalonError("forbidden", "only a person can watch a recommendation");
  const { userId } = ctx.actor;
  const [row] = await ctx.db
    .select({ id: recommendations.id })
    .from(recommendations)
    .where(and(eq(recommendations.teamId, ctx.teamId), eq(recommendations.id, input.id)));
  if (!row) throw notFound("recommendation", input.id);
  const { teamId } = ctx;
  const seenAt = ctx.now();
  if (input.watching) {
    await ctx.db
      .insert(recommendationWatchers)
      .values({ recommendationId: input.id, userId, teamId, seenAt })
      .onConflictDoUpdate({
        target: [recommendationWatchers.recommendationId, recommendationWatchers.userId],
        set: { seenAt },
      });
  } else {
    await ctx.db
      .delete(recommendationWatchers)
      .where(
        and(
          eq(recommendationWatchers.teamId, teamId),
          eq(recommendationWatchers.recommendationId, input.id),
          eq(recommendationWatchers.userId, userId),
        ),
      );
  }
  return { watching: input.watching };
}
