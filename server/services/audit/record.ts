import { auditLog } from "@/db/schema";
import type { Context } from "@/server/context";

/** Appends one line to the team's audit log, inside the caller's transaction where there is one. */
export async function recordAudit(
  ctx: Context,
  entry: { action: string; subject: string; detail?: Record<string, unknown> },
  db: Context["db"] = ctx.db,
): Promise<void> {
  const { actor } = ctx;
  const who =
    actor.kind === "user"
      ? `user:${actor.userId}`
      : actor.kind === "key"
        ? `key:${actor.keyId}`
        : `system:${actor.name}`;
  await db.insert(auditLog).values({ teamId: ctx.teamId, actor: who, ...entry, at: ctx.now() });
}
