import { and, count, desc, eq, isNull } from "drizzle-orm";
import { notifications, projects, recommendations, users } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { inReach } from "../project/internal";

const SHOWN = 50;

/** The reader's own newest entries in this team, and how many of all are unread; nothing for keys. */
export async function listNotifications(ctx: Context) {
  authorise(ctx, "read");
  if (ctx.actor.kind !== "user") return { unread: 0, entries: [] };
  const mine = and(
    eq(notifications.teamId, ctx.teamId),
    eq(notifications.userId, ctx.actor.userId),
    inReach(ctx, recommendations.projectId),
  );
  const entries = await ctx.db
    .select({
      id: notifications.id,
      kind: notifications.kind,
      recommendationId: notifications.recommendationId,
      title: recommendations.title,
      project: projects.slug,
      actor: users.name,
      at: notifications.createdAt,
      readAt: notifications.readAt,
    })
    .from(notifications)
    .innerJoin(recommendations, eq(recommendations.id, notifications.recommendationId))
    .innerJoin(projects, eq(projects.id, recommendations.projectId))
    .leftJoin(users, eq(users.id, notifications.actorId))
    .where(mine)
    .orderBy(desc(notifications.createdAt))
    .limit(SHOWN);
  const [unread] = await ctx.db
    .select({ n: count() })
    .from(notifications)
    .innerJoin(recommendations, eq(recommendations.id, notifications.recommendationId))
    .where(and(mine, isNull(notifications.readAt)));
  return { unread: unread!.n, entries };
}
