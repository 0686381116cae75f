import { and, asc, eq, isNull } from "drizzle-orm";
import { invitations, users } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { sendsMail } from "@/server/mail";

/** The team's open invitations, those that are too old among them, the first that was made first. */
export async function listInvitations(ctx: Context) {
  authorise(ctx, "own");
  const rows = await ctx.db
    .select({
      id: invitations.id,
      email: invitations.email,
      role: invitations.role,
      mailed: invitations.mailed,
      createdAt: invitations.createdAt,
      expiresAt: invitations.expiresAt,
      by: users.name,
    })
    .from(invitations)
    .leftJoin(users, eq(users.id, invitations.createdBy))
    .where(and(eq(invitations.teamId, ctx.teamId), isNull(invitations.acceptedAt), isNull(invitations.revokedAt)))
    .orderBy(asc(invitations.createdAt), asc(invitations.id));
  return { invitations: rows, sendsMail: sendsMail() };
}
