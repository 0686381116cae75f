import { desc, eq } from "drizzle-orm";
import { auditLog } from "@/db/schema";
import type { Context } from "../context";
import type { TransactionContext } from "../transaction";

interface Entry {
  action: string;
  subject: string;
  detail?: Record<string, unknown>;
}

/** Appends one line to the team's audit log, in the transaction of what it tells of. */
export async function recordAudit(ctx: TransactionContext, entry: Entry): Promise<void> {
  const { teamId, actor, from = null } = ctx;
  const who = { actor: nameOf(actor), actorName: actor.name, address: from };
  await ctx.db.insert(auditLog).values({ teamId, ...who, ...entry, at: ctx.now() });
}

/** How many of the team's newest lines are looked through: the log grows without end. */
const LOOKED_AT = 1_000;

/**
 * Appends a line unless the newest about the same subject says the same of the same actor and is younger than
 * `withinMs`.
 */
export async function recordAuditOnce(ctx: TransactionContext, entry: Entry, withinMs: number): Promise<void> {
  const newest = ctx.db
    .select()
    .from(auditLog)
    .where(eq(auditLog.teamId, ctx.teamId))
    .orderBy(desc(auditLog.id))
    .limit(LOOKED_AT)
    .as("newest");
  const [last] = await ctx.db
    .select()
    .from(newest)
    .where(eq(newest.subject, entry.subject))
    .orderBy(desc(newest.id))
    .limit(1);
  const isTold =
    last?.action === entry.action &&
    last.actor === nameOf(ctx.actor) &&
    ctx.now().getTime() - last.at.getTime() < withinMs;
  if (!isTold) await recordAudit(ctx, entry);
}

function nameOf(actor: Context["actor"]): string {
  if (actor.kind === "user") return `user:${actor.userId}`;
  return actor.kind === "key" ? `key:${actor.keyId}` : `system:${actor.name}`;
}
