import { and, eq, ne } from "drizzle-orm";
import { sessions, users, verificationTokens } from "@/db/schema";
import type { Context } from "@/server/context";
import { announce } from "@/server/event";

/**
 * Ends what somebody else may hold of a person: links to sign in that were copied, and every session but `kept`, as any
 * of them may have begun by such a link. Her row is locked, so that no link is made meanwhile.
 */
export async function endOldAccess(
  { db }: Pick<Context, "db">,
  { userId, kept }: { userId: string; kept: string | null },
): Promise<void> {
  const [user] = await db.select({ email: users.email }).from(users).where(eq(users.id, userId)).for("no key update");
  if (user?.email) {
    const copied = and(eq(verificationTokens.identifier, user.email), eq(verificationTokens.mailed, false));
    await db.delete(verificationTokens).where(copied);
  }
  await db.delete(sessions).where(and(eq(sessions.userId, userId), kept ? ne(sessions.id, kept) : undefined));
}

/** Who sees what of a team has changed: pages that are open look what they may still hear. */
export async function announceReach(ctx: Pick<Context, "db" | "teamId">): Promise<void> {
  await announce(ctx, [{ projectId: null, kind: "project", id: ctx.teamId }]);
}
