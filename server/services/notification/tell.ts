import { sql } from "drizzle-orm";
import { notificationEvents } from "@/db/schema";
import type { Details, NotificationKind } from "@/lib/notification";
import { type Context, userOf } from "@/server/context";
import { announce } from "@/server/event";
import { sendsMail } from "@/server/mail";
import { inTransaction } from "@/server/transaction";
import { MEMBER_SEES } from "../project/internal";

/** What comes within so long of the first goes in one mail. */
const GATHER_S = 5;

/** One of the three, or none for the project itself. */
export interface Subject {
  projectId: string;
  sweepId?: string;
  runId?: string;
  recommendationId?: string;
}

export interface Happening<K extends NotificationKind> {
  kind: K;
  subject: Subject;
  /** What tells it from other events of the kind and subject: of one cause everybody is told once. */
  occurrence: string;
  detail: Details[K];
}

/**
 * Tells whoever watches the subject or what holds it, but not who did it, and the channels that want the kind: entries
 * of the bell and of the outbox, in the transaction of the change. Resolves to false where it was told before, by
 * whatever server.
 */
export function tell<K extends NotificationKind>(ctx: Context, happening: Happening<K>): Promise<boolean> {
  const { kind, subject, occurrence, detail } = happening;
  const id = subject.runId ?? subject.sweepId ?? subject.recommendationId ?? subject.projectId;
  return inTransaction(ctx, async (ctx) => {
    const cause = `${kind} ${id} ${occurrence}`;
    const [event] = await ctx.db
      .insert(notificationEvents)
      .values({ teamId: ctx.teamId, cause, kind, ...subject, detail, actorId: userOf(ctx), createdAt: ctx.now() })
      .onConflictDoNothing()
      .returning({ id: notificationEvents.id });
    if (!event) return false;
    await addressPeople(ctx, { eventId: event.id, kind, subject });
    await addressChannels(ctx, { eventId: event.id, kind, subject });
    await announce(ctx, [{ projectId: subject.projectId, kind: "notification", id: event.id }]);
    return true;
  });
}

interface Addressed {
  eventId: string;
  kind: NotificationKind;
  subject: Subject;
}

async function addressPeople(ctx: Context, { eventId, kind, subject }: Addressed): Promise<void> {
  const { projectId, sweepId = null, runId = null, recommendationId = null } = subject;
  const at = ctx.now().toISOString();
  // Of those who left, and of those who may not know of the project any more, nobody is told.
  await ctx.db.execute(sql`
    insert into notifications (team_id, user_id, event_id, created_at)
    select distinct w.team_id, w.user_id, ${eventId}::uuid, ${at}::timestamptz
    from watches w join members m on m.team_id = w.team_id and m.user_id = w.user_id
    join projects p on p.id = ${projectId} and ${sql.raw(MEMBER_SEES)}
    where w.team_id = ${ctx.teamId} and w.user_id is distinct from ${userOf(ctx)}
      and w.subject_id in (${projectId}::uuid, ${sweepId}::uuid, ${runId}::uuid, ${recommendationId}::uuid,
        (select sweep_id from runs where id = ${runId}::uuid))`);
  if (!sendsMail()) return;
  await ctx.db.execute(sql`
    insert into deliveries (team_id, event_id, user_id, due_at)
    select n.team_id, n.event_id, n.user_id, now() + make_interval(secs => ${GATHER_S}) from notifications n
    join users u on u.id = n.user_id and u.email_verified is not null
    left join notification_preferences p on p.team_id = n.team_id and p.user_id = n.user_id
    where n.event_id = ${eventId}::uuid and (p.mail is null or ${kind} = any(p.mail))`);
}

async function addressChannels(ctx: Context, { eventId, kind, subject }: Addressed): Promise<void> {
  await ctx.db.execute(sql`
    insert into deliveries (team_id, event_id, channel_id)
    select c.team_id, ${eventId}::uuid, c.id from channels c join projects p on p.id = ${subject.projectId}
    where c.team_id = ${ctx.teamId} and (c.project_id = p.id or (c.project_id is null and p.open_to = 'team'))
      and ${kind} = any(c.kinds)`);
}
