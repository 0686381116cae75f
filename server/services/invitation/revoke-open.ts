import { and, eq, isNull } from "drizzle-orm";
import { invitations } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import type { TransactionContext } from "@/server/transaction";

/** Revokes the team's open invitations: those that a person made, or that of an address. */
export async function revokeOpen(
  ctx: TransactionContext,
  of: { createdBy: string } | { email: string },
): Promise<void> {
  const rows = await ctx.db
    .update(invitations)
    .set({ revokedAt: ctx.now() })
    .where(
      and(
        eq(invitations.teamId, ctx.teamId),
        "email" in of ? eq(invitations.email, of.email) : eq(invitations.createdBy, of.createdBy),
        isNull(invitations.acceptedAt),
        isNull(invitations.revokedAt),
      ),
    )
    .returning({ id: invitations.id, email: invitations.email });
  for (const { id, email } of rows)
    await recordAudit(ctx, { action: "invitation.revoke", subject: id, detail: { email } });
}
