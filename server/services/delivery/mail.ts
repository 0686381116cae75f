import { inArray } from "drizzle-orm";
import { notificationEvents } from "@/db/schema";
import type { Context } from "@/server/context";
import { sendMail, sendsMail } from "@/server/mail";
import { inTransaction } from "@/server/transaction";
import { happenedTo, type NamedEvent, namedEvents, subjectOf } from "../notification/internal";
import { MEMBER_SEES } from "../project/internal";
import { markDropped, markFailed, markSent } from "./outcome";
import { addressOf } from "./send";

const PEOPLE_A_PASS = 20;
/** So many stand in a mail; the rest of what waits is counted. */
const EVENTS_A_MAIL = 100;
const MOST_AT_ONCE = 10_000;
const LEASE_S = 120;
/** Nobody has more than one mail in so long. */
const PAUSE_S = 60;

/** Mails what is due, one digest a person; how many people were tried. */
export async function sendMails(ctx: Context): Promise<number> {
  if (!sendsMail()) return 0;
  const people = await ctx.sql<{ user_id: string }[]>`
    select d.user_id from deliveries d
    where d.state = 'waiting' and d.user_id is not null and d.due_at <= now()
      and (d.leased_until is null or d.leased_until < now()) and not ${mailedLately(ctx, ctx.sql`d.user_id`)}
    group by d.user_id order by min(d.due_at) limit ${PEOPLE_A_PASS}`;
  const mailed = await Promise.all(people.map((p) => mailTo(ctx, p.user_id)));
  return mailed.filter(Boolean).length;
}

interface Claimed {
  [column: string]: unknown;
  id: string;
  event_id: string;
  slug: string;
  is_member: boolean;
}

async function mailTo(ctx: Context, userId: string): Promise<boolean> {
  const claimed = await claim(ctx, userId);
  const gone = claimed.filter((c) => !c.is_member).map((c) => c.id);
  if (gone.length > 0) await markDropped(ctx, gone, "she is no longer in the team, or in the project");
  const mine = claimed.filter((c) => c.is_member);
  if (mine.length === 0) return false;
  const ids = mine.map((c) => c.id);
  try {
    const [user] = await ctx.sql<{ email: string | null }[]>`
      select email from users where id = ${userId} and email_verified is not null`;
    if (!user?.email) {
      await markDropped(ctx, ids, "her address is not proven");
      return false;
    }
    const events = await namedEvents(ctx)
      .where(
        inArray(
          notificationEvents.id,
          mine.map((c) => c.event_id),
        ),
      )
      .orderBy(notificationEvents.createdAt)
      .limit(EVENTS_A_MAIL);
    const teamOf = new Map(mine.map((c) => [c.event_id, c.slug]));
    if (events.length > 0) await sendMail({ to: user.email, ...letter(events, teamOf, mine.length) });
    await markSent(ctx, ids);
  } catch (e) {
    await markFailed(ctx, ids, (e as Error).message);
  }
  return true;
}

/** What waits for a person, for this server alone: whoever comes at the same time sees in a new statement what is claimed. */
function claim(ctx: Context, userId: string): Promise<Claimed[]> {
  return inTransaction(ctx, async (ctx) => {
    const [free] = await ctx.sql`select id from users where id = ${userId} for no key update skip locked`;
    if (!free) return [];
    return ctx.sql<Claimed[]>`
      update deliveries d set leased_until = now() + make_interval(secs => ${LEASE_S}), attempts = attempts + 1
      from teams t
      where t.id = d.team_id and not ${mailedLately(ctx, ctx.sql`${userId}`)} and d.id in (
        select id from deliveries
        where user_id = ${userId} and state = 'waiting' and (leased_until is null or leased_until < now())
          and (attempts = 0 or due_at <= now())
        order by created_at limit ${MOST_AT_ONCE} for update skip locked)
      returning d.id, d.event_id, t.slug, t.deleted_at is null and exists (
        select from members m join notification_events e on e.id = d.event_id join projects p on p.id = e.project_id
        where m.team_id = d.team_id and m.user_id = d.user_id and ${ctx.sql.unsafe(MEMBER_SEES)}) as is_member`;
  });
}

/** Whether a person has had a mail within the pause, or is being sent one. */
function mailedLately({ sql }: Pick<Context, "sql">, userId: ReturnType<Context["sql"]>) {
  return sql`exists (
    select from deliveries before where before.user_id = ${userId} and (
      (before.state = 'sent' and before.ended_at > now() - make_interval(secs => ${PAUSE_S}))
      or (before.state = 'waiting' and before.leased_until > now())))`;
}

/** Of `total` events, the first of which are these. */
function letter(events: NamedEvent[], teamOf: Map<string, string>, total: number): { subject: string; text: string } {
  const lines = events.map((e) => {
    const { name, path } = subjectOf(e);
    return {
      words: `${name} ${happenedTo(e)}`,
      link: addressOf(`${teamOf.get(e.id)}/${path}`),
      project: e.projectName,
    };
  });
  const [first] = lines;
  const subject = total === 1 ? `[${first!.project}] ${first!.words}` : `${total} events on Etalon`;
  const more = total - lines.length;
  const settings = [...new Set(teamOf.values())].map((team) => addressOf(`${team}/settings/notifications`));
  const text = [
    ...lines.map(({ words, link, project }) => `${project}: ${words}\n${link}`),
    ...(more > 0 ? [`And ${more} more.`] : []),
    `You are mailed what you watch. What of it: ${settings.join(" ")}`,
  ].join("\n\n");
  return { subject: subject.replaceAll(/\s+/g, " ").slice(0, 150), text };
}
