import { and, eq, ne } from "drizzle-orm";
import type { Db } from "@/db/client";
import { type NOTIFICATION_KINDS, notifications, recommendationWatchers } from "@/db/schema";
import type { Context } from "@/server/context";

/** Tells everybody who watches a recommendation, but not whoever did it, what has happened to it. */
export async function notifyWatchers(
  ctx: Context,
  { recommendationId, kind }: { recommendationId: string; kind: (typeof NOTIFICATION_KINDS)[number] },
  db: Db = ctx.db,
): Promise<void> {
  const actorId = ctx.actor.kind === "user" ? ctx.actor.userId : null;
  const watchers = await db
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
  await db.insert(notifications).values(watchers.map(({ userId }) => ({ ...entry, userId })));
}
