import { asc, eq } from "drizzle-orm";
import { z } from "zod";
import { users } from "@/db/schema";
import { oneLine } from "@/lib/protocol";
import type { Self } from "@/server/context";
import { notFound } from "@/server/errors";
import { invitationsTo } from "../invitation";
import { listTeams } from "../team";

export const updateAccountInput = z.strictObject({ name: oneLine("give a name") });

/** Who she is here, her teams with her role, and invitations that she may accept. */
export async function accountOf(self: Self) {
  const [user] = await self.db
    .select({ name: users.name, email: users.email, emailVerified: users.emailVerified, createdAt: users.createdAt })
    .from(users)
    .where(eq(users.id, self.userId))
    .orderBy(asc(users.id));
  if (!user) throw notFound("user", self.userId);
  const [teams, invitations] = await Promise.all([listTeams(self.db, self.userId), invitationsTo(self)]);
  return { ...user, teams, invitations };
}

/** What others read beside what she does, from now on. */
export async function updateAccount(self: Self, input: z.input<typeof updateAccountInput>): Promise<void> {
  const { name } = updateAccountInput.parse(input);
  await self.db.update(users).set({ name }).where(eq(users.id, self.userId));
}
