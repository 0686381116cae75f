import { and, count, desc, eq, inArray, isNull } from "drizzle-orm";
import { notificationEvents, notifications } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { inReach } from "../project/internal";
import { happenedTo, namedEvents, subjectOf } from "./named";

const SHOWN = 50;

/** The reader's own newest entries in this team, and how many of all are unread; nothing for keys. */
export async function listNotifications(ctx: Context) {
  authorise(ctx, "read");
  if (ctx.actor.kind !== "user") return { unread: 0, entries: [] };
  const mine = and(
    ...[eq(notifications.teamId, ctx.teamId), eq(notifications.userId, ctx.actor.userId)],
    inReach(ctx, notificationEvents.projectId),
  );
  const newest = await ctx.db
    .select({ id: notifications.id, eventId: notifications.eventId, readAt: notifications.readAt })
    .from(notifications)
    .innerJoin(notificationEvents, eq(notificationEvents.id, notifications.eventId))
    .where(mine)
    .orderBy(desc(notifications.createdAt), desc(notifications.id))
    .limit(SHOWN);
  const ids = newest.map((n) => n.eventId);
  const named = await namedEvents(ctx).where(inArray(notificationEvents.id, ids));
  const events = new Map(named.map((e) => [e.id, e]));
  const entries = newest.flatMap(({ id, eventId, readAt }) => {
    const event = events.get(eventId);
    if (!event) return [];
    const { kind, actor, project, at } = event;
    const { name: title, path } = subjectOf(event);
    return [{ id, kind, title, words: happenedTo(event), actor, project, path, at, readAt }];
  });
  const [unread] = await ctx.db
    .select({ n: count() })
    .from(notifications)
    .innerJoin(notificationEvents, eq(notificationEvents.id, notifications.eventId))
    .where(and(mine, isNull(notifications.readAt)));
  return { unread: unread!.n, entries };
}
