import { and, asc, eq, gt, isNull } from "drizzle-orm";
import { invitations, users } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { sendsMail } from "@/server/mail";

/** Those that ended longer ago are of no use to anybody. */
const ENDED_DAYS = 30;

/** The team's open invitations, those that ended lately among them, the first that was made first. */
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
    .where(
      and(
        ...[eq(invitations.teamId, ctx.teamId), isNull(invitations.acceptedAt), isNull(invitations.revokedAt)],
        gt(invitations.expiresAt, new Date(ctx.now().getTime() - ENDED_DAYS * 86_400_000)),
      ),
    )
    .orderBy(asc(invitations.createdAt), asc(invitations.id));
  return { invitations: rows, sendsMail: sendsMail() };
}
