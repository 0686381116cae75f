import { and, asc, count, desc, eq, inArray, isNotNull, isNull, or, sql } from "drizzle-orm";
import { channels, deliveries, notificationEvents, projects, users } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { inReach } from "../project/internal";

const SHOWN_DELIVERIES = 30;

/** The team's channels, without what would let others send in their place, and how many deliveries stand how. */
export async function listChannels(ctx: Context) {
  authorise(ctx, "write");
  const rows = await ctx.db
    .select({
      ...{ id: channels.id, type: channels.type, name: channels.name, url: channels.url, kinds: channels.kinds },
      ...{ project: projects.slug, maker: users.name, createdAt: channels.createdAt },
    })
    .from(channels)
    .leftJoin(projects, eq(projects.id, channels.projectId))
    .leftJoin(users, eq(users.id, channels.createdBy))
    .where(and(eq(channels.teamId, ctx.teamId), or(isNull(channels.projectId), inReach(ctx, projects.id) ?? sql`true`)))
    .orderBy(asc(channels.createdAt), asc(channels.id));
  const counted = await ctx.db
    .select({ channelId: deliveries.channelId, state: deliveries.state, n: count() })
    .from(deliveries)
    .where(and(eq(deliveries.teamId, ctx.teamId), inArray(deliveries.state, ["waiting", "failed"])))
    .groupBy(deliveries.channelId, deliveries.state);
  const numberOf = (id: string, state: string) => counted.find((c) => c.channelId === id && c.state === state)?.n ?? 0;
  return rows.map(({ url, ...row }) => ({
    ...row,
    address: shownAddress(row.type, url),
    waiting: numberOf(row.id, "waiting"),
    failed: numberOf(row.id, "failed"),
  }));
}

/** The newest deliveries of the team's channels. */
export async function listDeliveries(ctx: Context) {
  authorise(ctx, "write");
  const { id, state, attempts, error, createdAt, endedAt, dueAt } = deliveries;
  return ctx.db
    .select({
      ...{ id, state, attempts, error, createdAt, endedAt, dueAt },
      ...{ channel: channels.name, kind: notificationEvents.kind, project: projects.slug },
    })
    .from(deliveries)
    .innerJoin(channels, eq(channels.id, deliveries.channelId))
    .innerJoin(notificationEvents, eq(notificationEvents.id, deliveries.eventId))
    .innerJoin(projects, eq(projects.id, notificationEvents.projectId))
    .where(and(eq(deliveries.teamId, ctx.teamId), isNotNull(deliveries.channelId), inReach(ctx, projects.id)))
    .orderBy(desc(createdAt), desc(id))
    .limit(SHOWN_DELIVERIES);
}

/** Slack's address is a secret, and so is what a query may hold. */
function shownAddress(type: string, url: string): string {
  const { origin, pathname, search } = new URL(url);
  return type === "slack" ? `${origin}/…${url.slice(-4)}` : `${origin}${pathname}${search ? "?…" : ""}`;
}
