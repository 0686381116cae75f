import { and, eq, isNull } from "drizzle-orm";
import { z } from "zod";
import { invitations, members, ROLES, users } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { sendsMail } from "@/server/mail";
import { inTransaction } from "@/server/transaction";
import { handOver, type Invited } from "./send";
import { newToken } from "./token";

const MOST_DAYS = 90;
const days = z.number().int().min(1).max(MOST_DAYS).default(7);

export const invitationInput = z.strictObject({
  email: z.email("give an address, as name@example.org").max(320).toLowerCase(),
  role: z.enum(ROLES),
  /** Days until the link is too old. */
  days,
});
/** `link` shows a new link instead of sending it. */
export const renewInvitationInput = z.strictObject({ id: z.uuid(), by: z.enum(["mail", "link"]), days });

const SHOWN = {
  id: invitations.id,
  email: invitations.email,
  role: invitations.role,
  expiresAt: invitations.expiresAt,
} as const;

/**
 * Asks a person to join the team. The link goes out by mail where the server sends any; else whoever asks gets it.
 * Errors: `conflict` for who is a member already, or has an open invitation.
 */
export async function invite(
  ctx: Context,
  input: z.input<typeof invitationInput>,
  { publicUrl }: { publicUrl: string },
): Promise<Invited> {
  authorise(ctx, "own");
  const { email, role, days } = invitationInput.parse(input);
  const { token, hash } = newToken();
  const mailed = sendsMail();
  const invitation = await inTransaction(ctx, async (ctx) => {
    await refuseMembers(ctx, email);
    const [row] = await ctx.db
      .insert(invitations)
      .values({
        teamId: ctx.teamId,
        email,
        role,
        hash,
        mailed,
        createdBy: userOf(ctx),
        createdAt: ctx.now(),
        expiresAt: later(ctx, days),
      })
      .onConflictDoNothing()
      .returning(SHOWN);
    if (!row)
      throw new EtalonError("conflict", `${email} has an invitation already: send it again, or revoke it first`);
    await recordAudit(ctx, { action: "invitation.create", subject: row.id, detail: { email, role, mailed } });
    return row;
  });
  return handOver(ctx, invitation, { token, mailed, publicUrl });
}

/** A new link for an open invitation; the one before is worth nothing from then on. Errors: `not_found`. */
export async function renewInvitation(
  ctx: Context,
  input: z.input<typeof renewInvitationInput>,
  { publicUrl }: { publicUrl: string },
): Promise<Invited> {
  authorise(ctx, "own");
  const { id, by, days } = renewInvitationInput.parse(input);
  const { token, hash } = newToken();
  const mailed = by === "mail";
  if (mailed && !sendsMail()) throw new EtalonError("conflict", "this server sends no mail: copy a link instead");
  const invitation = await inTransaction(ctx, async (ctx) => {
    const [row] = await ctx.db
      .update(invitations)
      .set({ hash, mailed, expiresAt: later(ctx, days) })
      .where(openOf(ctx, id))
      .returning(SHOWN);
    if (!row) throw notFound("invitation", id);
    await recordAudit(ctx, { action: "invitation.renew", subject: id, detail: { mailed } });
    return row;
  });
  return handOver(ctx, invitation, { token, mailed, publicUrl });
}

/** Its link is worth nothing from then on. Errors: `not_found`. */
export async function revokeInvitation(ctx: Context, input: { id: string }): Promise<void> {
  authorise(ctx, "own");
  await inTransaction(ctx, async (ctx) => {
    const rows = await ctx.db
      .update(invitations)
      .set({ revokedAt: ctx.now() })
      .where(openOf(ctx, input.id))
      .returning({ email: invitations.email });
    if (rows.length === 0) throw notFound("invitation", input.id);
    await recordAudit(ctx, { action: "invitation.revoke", subject: input.id, detail: rows[0]! });
  });
}

const later = (ctx: Context, days: number) => new Date(ctx.now().getTime() + days * 86_400_000);

function openOf(ctx: Context, id: string) {
  return and(
    eq(invitations.teamId, ctx.teamId),
    eq(invitations.id, id),
    isNull(invitations.acceptedAt),
    isNull(invitations.revokedAt),
  );
}

async function refuseMembers(ctx: Context, email: string): Promise<void> {
  const rows = await ctx.db
    .select({ userId: users.id })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.teamId, ctx.teamId), eq(users.email, email)));
  if (rows.length > 0) throw new EtalonError("conflict", `${email} is a member of this team already`);
}
