import { asc, eq } from "drizzle-orm";
import { z } from "zod";
import { users } from "@/db/schema";
import { oneLine } from "@/lib/protocol";
import type { Self } from "@/server/context";
import { notFound } from "@/server/errors";
import { invitationsTo } from "../invitation";
import { listTeams } from "../team";

const timeZone = z.string().max(100).refine(isTimeZone, "is no time zone such as Europe/Zurich or UTC");

export const updateAccountInput = z.strictObject({ name: oneLine("give a name"), timeZone: timeZone.optional() });

/** Who she is here, her teams with her role, and invitations that she may accept. */
export async function accountOf(self: Self) {
  const [user] = await self.db
    .select({
      name: users.name,
      email: users.email,
      emailVerified: users.emailVerified,
      timeZone: users.timeZone,
      createdAt: users.createdAt,
    })
    .from(users)
    .where(eq(users.id, self.userId))
    .orderBy(asc(users.id));
  if (!user) throw notFound("user", self.userId);
  const [teams, invitations] = await Promise.all([listTeams(self.db, self.userId), invitationsTo(self)]);
  return { ...user, teams, invitations };
}

/** What others read beside what she does, from now on, and how times are written to her. */
export async function updateAccount(self: Self, input: z.input<typeof updateAccountInput>): Promise<void> {
  const set = updateAccountInput.parse(input);
  await self.db.update(users).set(set).where(eq(users.id, self.userId));
}

function isTimeZone(name: string): boolean {
  try {
    return (
      new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "" && /^[A-Za-z]/.test(name)
    );
  } catch {
    return false;
  }
}
