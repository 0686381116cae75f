import { and, eq, isNull, ne } from "drizzle-orm";
import { z } from "zod";
import { members, teams, users, verificationTokens } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { ALL_PROJECTS, type Self } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { inTransaction } from "@/server/transaction";
import { forgetVerifiedKeys } from "../api-key/internal";
import { revokeOpen } from "../invitation/internal";

export const deleteAccountInput = z.strictObject({ confirm: z.string() });

/**
 * Deletes her account, memberships, sessions and sign-in accounts; what she made stays, without a name, but her own API
 * keys end. `confirm` must be her address. Errors: `invalid` for another; `conflict` while she is the only owner of a
 * team.
 */
export async function deleteAccount(self: Self, input: z.input<typeof deleteAccountInput>): Promise<void> {
  const { confirm } = deleteAccountInput.parse(input);
  const { userId } = self;
  const system = { ...self, teamId: "", actor: { kind: "system" as const, name: "account" } };
  await inTransaction(system, async (tx) => {
    const [user] = await tx.db.select().from(users).where(eq(users.id, userId)).for("update");
    if (!user) throw notFound("user", userId);
    if (confirm !== user.email) {
      const message = `to confirm, type "${user.email}"`;
      throw new EtalonError("invalid", message, [{ field: "confirm", message }]);
    }
    const own = await tx.db
      .select({ teamId: teams.id, name: teams.name, role: members.role })
      .from(members)
      .innerJoin(teams, eq(teams.id, members.teamId))
      .where(and(eq(members.userId, userId), isNull(teams.deletedAt)))
      .for("no key update", { of: [teams, members] });
    for (const { teamId, name, role } of own) {
      const others = await tx.db
        .select({ userId: members.userId })
        .from(members)
        .where(and(eq(members.teamId, teamId), eq(members.role, "owner"), ne(members.userId, userId)))
        .for("update");
      if (role === "owner" && others.length === 0)
        throw new EtalonError("conflict", `you are the only owner of “${name}”: make somebody else one, or delete it`);
      const actor = { kind: "user" as const, userId, name: user.name ?? "", role, ...ALL_PROJECTS };
      const ctx = { ...tx, teamId, actor };
      await revokeOpen(ctx, { createdBy: userId });
      await recordAudit(ctx, { action: "member.delete-account", subject: userId });
    }
    await tx.db.delete(verificationTokens).where(eq(verificationTokens.identifier, confirm));
    await tx.db.delete(users).where(eq(users.id, userId));
  });
  forgetVerifiedKeys();
}
