import { and, desc, eq, gte, lt, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { apiKeys, auditLog, members, users } from "@/db/schema";
import { authorise, type Context } from "@/server/context";

const filter = {
  /** user:ID, key:ID or system:NAME. */
  actor: z.string().max(200).optional(),
  /** One action, or with a dot at its end all of a kind: `member.` */
  action: z.string().max(100).optional(),
  /** Days, both included, in UTC. */
  from: z.iso.date().optional(),
  until: z.iso.date().optional(),
};
export const auditFilterInput = z.strictObject(filter);
export const auditListInput = z.strictObject({
  ...filter,
  /** Lines before this one, which is the last of the page before. */
  before: z.int().positive().optional(),
});
type Filter = z.output<typeof auditFilterInput>;

const PAGE = 50;
const ROWS_A_READ = 2_000;

/** A line of the audit log: who did what to what, when, from where. */
export interface AuditLine {
  id: number;
  at: Date;
  actor: string;
  /** What the actor was called then; of old lines what it is called now, if it is still there. */
  actorName: string | null;
  address: string | null;
  action: string;
  subject: string;
  detail: Record<string, unknown>;
}

/** A page of the team's audit log, the newest line first; `next` is where the one after it begins. */
export async function listAudit(
  ctx: Context,
  input: z.input<typeof auditListInput>,
): Promise<{ lines: AuditLine[]; next: number | null }> {
  authorise(ctx, "own");
  const { before, ...asked } = auditListInput.parse(input);
  const rows = await linesOf(ctx, asked, before ?? null, PAGE + 1);
  const lines = rows.slice(0, PAGE);
  return { lines, next: rows.length > PAGE ? lines.at(-1)!.id : null };
}

/** So many names a filter offers; the others are chosen by a line of theirs. */
const MOST_OFFERED = 100;

/** What the filters offer: people and keys of the team, by name, and every action that is in the log. */
export async function auditChoices(ctx: Context) {
  authorise(ctx, "own");
  const [people, keys, actions] = await Promise.all([
    ctx.db
      .select({ id: users.id, name: users.name, email: users.email })
      .from(members)
      .innerJoin(users, eq(users.id, members.userId))
      .where(eq(members.teamId, ctx.teamId))
      .orderBy(users.name)
      .limit(MOST_OFFERED),
    ctx.db
      .select({ id: apiKeys.id, name: apiKeys.name })
      .from(apiKeys)
      .where(eq(apiKeys.teamId, ctx.teamId))
      .orderBy(sql`${apiKeys.lastUsedAt} desc nulls last`)
      .limit(MOST_OFFERED),
    actionsOf(ctx),
  ]);
  const actors = [
    ...people.map((p) => ({ actor: `user:${p.id}`, name: p.name ?? p.email ?? "someone" })),
    ...keys.map((k) => ({ actor: `key:${k.id}`, name: `key ${k.name}` })),
  ];
  return { actors, actions };
}

/** Every line that the filter lets through, the newest first, some at a time. */
export async function* auditLines(ctx: Context, asked: Filter): AsyncGenerator<AuditLine[]> {
  for (let before: number | null = null; ; ) {
    const rows: AuditLine[] = await linesOf(ctx, asked, before, ROWS_A_READ);
    if (rows.length > 0) yield rows;
    if (rows.length < ROWS_A_READ) return;
    before = rows.at(-1)!.id;
  }
}

async function linesOf(ctx: Context, asked: Filter, before: number | null, limit: number): Promise<AuditLine[]> {
  const rows = await ctx.db
    .select({
      id: auditLog.id,
      at: auditLog.at,
      actor: auditLog.actor,
      actorName: auditLog.actorName,
      userName: users.name,
      keyName: apiKeys.name,
      address: auditLog.address,
      action: auditLog.action,
      subject: auditLog.subject,
      detail: auditLog.detail,
    })
    .from(auditLog)
    .leftJoin(users, eq(auditLog.actor, sql`'user:' || ${users.id}`))
    .leftJoin(apiKeys, eq(auditLog.actor, sql`'key:' || ${apiKeys.id}`))
    .where(and(eq(auditLog.teamId, ctx.teamId), ...conditions(asked), before ? lt(auditLog.id, before) : undefined))
    .orderBy(desc(auditLog.id))
    .limit(limit);
  return rows.map(({ userName, keyName, ...line }) => ({ ...line, actorName: line.actorName ?? userName ?? keyName }));
}

function conditions({ actor, action, from, until }: Filter): (SQL | undefined)[] {
  return [
    actor ? eq(auditLog.actor, actor) : undefined,
    action?.endsWith(".") ? sql`starts_with(${auditLog.action}, ${action})` : undefined,
    action && !action.endsWith(".") ? eq(auditLog.action, action) : undefined,
    from ? gte(auditLog.at, new Date(from)) : undefined,
    until ? lt(auditLog.at, new Date(new Date(until).getTime() + 86_400_000)) : undefined,
  ];
}

/** Every action of the team's log, by one step of the index each: a million lines hold some dozens. */
async function actionsOf(ctx: Context): Promise<string[]> {
  const rows = await ctx.sql<{ action: string }[]>`
    with recursive found as (
      (select action from audit_log where team_id = ${ctx.teamId} order by action limit 1)
      union all
      select (select action from audit_log where team_id = ${ctx.teamId} and action > found.action
        order by action limit 1) from found where found.action is not null
    ) select action from found where action is not null`;
  return rows.map((r) => r.action);
}
