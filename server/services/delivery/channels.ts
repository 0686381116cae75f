import { eq, inArray } from "drizzle-orm";
import { channels, notificationEvents, teams } from "@/db/schema";
import type { Context } from "@/server/context";
import { namedEvents } from "../notification/internal";
import { markFailed, markSent } from "./outcome";
import { sendEvent } from "./send";

/** Channels are served side by side, each in the order of its events. */
const CHANNELS_A_PASS = 20;
const EVENTS_A_CHANNEL = 5;
/** Longer than as many events take that are all not answered. */
const LEASE_S = 120;

/** Sends what is due to channels; how many were tried. */
export async function sendToChannels(ctx: Context): Promise<number> {
  const due = await ctx.sql<{ channel_id: string }[]>`
    select d.channel_id from deliveries d join teams t on t.id = d.team_id and t.deleted_at is null
    where d.state = 'waiting' and d.channel_id is not null and d.due_at <= now()
      and (d.leased_until is null or d.leased_until < now())
    group by d.channel_id order by min(d.due_at) limit ${CHANNELS_A_PASS}`;
  const tried = await Promise.all(due.map((d) => sendToChannel(ctx, d.channel_id)));
  return tried.reduce((n, some) => n + some, 0);
}

async function sendToChannel(ctx: Context, channelId: string): Promise<number> {
  const claimed = await ctx.sql<{ id: string; event_id: string; at: number }[]>`
    update deliveries set leased_until = now() + make_interval(secs => ${LEASE_S}), attempts = attempts + 1
    where id in (
      select id from deliveries
      where channel_id = ${channelId} and state = 'waiting' and due_at <= now()
        and (leased_until is null or leased_until < now())
      order by created_at, id limit ${EVENTS_A_CHANNEL} for update skip locked)
    returning id, event_id, extract(epoch from created_at)::float8 as at`;
  if (claimed.length === 0) return 0;
  const [found] = await ctx.db
    .select({ channel: channels, team: teams.slug })
    .from(channels)
    .innerJoin(teams, eq(teams.id, channels.teamId))
    .where(eq(channels.id, channelId));
  if (!found) return 0; // removed, and what waited for it with it
  const ids = claimed.map((c) => c.event_id);
  const events = new Map(
    (await namedEvents(ctx).where(inArray(notificationEvents.id, ids))).map((e) => [e.id, e] as const),
  );
  for (const { id, event_id } of [...claimed].sort((a, b) => a.at - b.at)) {
    const event = events.get(event_id);
    if (!event) continue; // its subject was deleted, and the delivery with it
    try {
      await sendEvent(found.channel, { deliveryId: id, team: found.team, event });
      await markSent(ctx, [id]);
    } catch (e) {
      await markFailed(ctx, [id], (e as Error).message);
    }
  }
  return claimed.length;
}
