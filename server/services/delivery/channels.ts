import { eq, inArray } from "drizzle-orm";
import { channels, notificationEvents, teams } from "@/db/schema";
import type { Context } from "@/server/context";
import { inTransaction } from "@/server/transaction";
import { namedEvents } from "../notification/internal";
import { markDropped, markFailed, markSent } from "./outcome";
import { sendEvent } from "./send";

const CHANNELS_AT_ONCE = 20;
const EVENTS_AT_ONCE = 5;
/** Longer than as many events take that are all not answered. */
const LEASE_S = 120;

/** How whoever stops the sending is heard, and knows when it is over. */
export interface Sending {
  stopped: () => boolean;
  underWay: Set<Promise<unknown>>;
}

/**
 * Begins to send what is due, side by side and without waiting: a channel that does not answer holds up no other, and
 * teams take turns, however many such channels one of them has.
 */
export async function sendToChannels(ctx: Context, sending: Sending): Promise<void> {
  const due = await ctx.sql<{ channel_id: string }[]>`
    with busy as (
      select team_id, count(distinct channel_id) as n from deliveries
      where state = 'waiting' and leased_until >= now() group by team_id)
    select d.channel_id from deliveries d left join busy b on b.team_id = d.team_id join teams t on t.id = d.team_id and t.deleted_at is null
    where d.state = 'waiting' and d.channel_id is not null and d.due_at <= now() and not exists (
      select from deliveries sent
      where sent.channel_id = d.channel_id and sent.state = 'waiting' and sent.leased_until >= now())
    group by d.channel_id order by coalesce(min(b.n), 0), min(d.due_at) limit ${CHANNELS_AT_ONCE}`;
  for (const { channel_id } of due.slice(0, CHANNELS_AT_ONCE - sending.underWay.size)) {
    const work = sendToChannel(ctx, channel_id, sending)
      .catch(() => {}) // the database is away, which the next pass says; the lease ends by itself
      .finally(() => sending.underWay.delete(work));
    sending.underWay.add(work);
  }
}

/** Sends a channel its events in their order, until none is due or one is not taken. */
async function sendToChannel(ctx: Context, channelId: string, { stopped }: Sending): Promise<void> {
  for (let goesOn = true; goesOn && !stopped(); ) {
    const claimed = await claim(ctx, channelId);
    const done = claimed.length === 0 ? 0 : await sendClaimed(ctx, channelId, { claimed, stopped });
    await giveBack(
      ctx,
      claimed.slice(done).map((c) => c.id),
    );
    goesOn = done === EVENTS_AT_ONCE;
  }
}

/** Resolves to how many of them were tried: all, unless one was not taken. */
async function sendClaimed(
  ctx: Context,
  channelId: string,
  { claimed, stopped }: { claimed: Claimed[]; stopped: () => boolean },
): Promise<number> {
  const [found] = await ctx.db
    .select({ channel: channels, team: teams.slug })
    .from(channels)
    .innerJoin(teams, eq(teams.id, channels.teamId))
    .where(eq(channels.id, channelId));
  if (!found) return claimed.length; // removed, and what waited for it with it
  const ids = claimed.map((c) => c.event_id);
  const named = await namedEvents(ctx).where(inArray(notificationEvents.id, ids));
  const events = new Map(named.map((e) => [e.id, e]));
  for (const [i, { id, event_id, is_open }] of claimed.entries()) {
    if (stopped()) return i;
    if (!is_open) {
      await markDropped(ctx, [id], "its project was closed meanwhile");
      continue;
    }
    const event = events.get(event_id);
    if (!event) continue; // its subject was deleted, and the delivery with it
    try {
      await sendEvent(found.channel, { deliveryId: id, team: found.team, event });
    } catch (e) {
      await markFailed(ctx, [id], (e as Error).message);
      return i + 1;
    }
    await markSent(ctx, [id]);
  }
  return claimed.length;
}

interface Claimed {
  [column: string]: unknown;
  id: string;
  event_id: string;
  /** Seconds since 1970. */
  at: number;
  /** Whether the channel may still hear of the project. */
  is_open: boolean;
}

/** The next events of a channel, unless another server is sending to it. */
async function claim(ctx: Context, channelId: string): Promise<Claimed[]> {
  const claimed = await inTransaction(ctx, async ({ sql }) => {
    const [free] = await sql`select id from channels where id = ${channelId} for no key update skip locked`;
    if (!free) return [];
    return sql<Claimed[]>`
      update deliveries set leased_until = now() + make_interval(secs => ${LEASE_S}), attempts = attempts + 1
      where id in (
        select id from deliveries d
        where channel_id = ${channelId} and state = 'waiting' and due_at <= now() and not exists (
          select from deliveries sent
          where sent.channel_id = d.channel_id and sent.state = 'waiting' and sent.leased_until >= now())
        order by created_at, id limit ${EVENTS_AT_ONCE} for update skip locked)
      returning id, event_id, extract(epoch from created_at)::float8 as at, exists (
        select from channels c join notification_events e on e.id = event_id join projects p on p.id = e.project_id
        where c.id = channel_id and (c.project_id is not null or p.open_to = 'team')) as is_open`;
  });
  return [...claimed].sort((a, b) => a.at - b.at);
}

/** Not tried after all. */
async function giveBack({ sql }: Context, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    update deliveries set leased_until = null, attempts = attempts - 1
    where id = any(${ids}::uuid[]) and state = 'waiting'`;
}
