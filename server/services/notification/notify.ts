import { and, eq, ne } from "drizzle-orm";
import { type NOTIFICATION_KINDS, notifications, recommendationWatchers } from "@/db/schema";
import { type Context, userOf } from "@/server/context";

/** Tells everybody who watches a recommendation, but not whoever did it, what has happened to it. */
export async function notifyWatchers(
  ctx: Context,
  { recommendationId, kind }: { recommendationId: string; kind: (typeof NOTIFICATION_KINDS)[number] },
): Promise<void> {
  const actorId = userOf(ctx);
  const watchers = await ctx.db
    .select({ userId: recommendationWatchers.userId })
    .from(recommendationWatchers)
    .where(
      and(
        eq(recommendationWatchers.teamId, ctx.teamId),
        eq(recommendationWatchers.recommendationId, recommendationId),
        actorId === null ? undefined : ne(recommendationWatchers.userId, actorId),
      ),
    );
  if (watchers.length === 0) return;
  const entry = { teamId: ctx.teamId, recommendationId, kind, actorId, createdAt: ctx.now() };
  await ctx.db.insert(notifications).values(watchers.map(({ userId }) => ({ ...entry, userId })));
}
