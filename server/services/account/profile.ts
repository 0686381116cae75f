import { asc, eq } from "drizzle-orm";
import type postgres from "postgres";
import { z } from "zod";
import type { Db } from "@/db/client";
import { users } from "@/db/schema";
import { notFound } from "@/server/errors";
import { listTeams } from "../team";

/** A signed-in person, and the means: what she does with her own account needs no team. */
export interface Self {
  db: Db;
  sql: postgres.Sql;
  userId: string;
  now: () => Date;
}

export const updateAccountInput = z.strictObject({ name: z.string().trim().min(1, "give a name").max(100) });

/** Who she is here, and her teams with her role. */
export async function accountOf({ db, userId }: Self) {
  const [user] = await db
    .select({ name: users.name, email: users.email, emailVerified: users.emailVerified, createdAt: users.createdAt })
    .from(users)
    .where(eq(users.id, userId))
    .orderBy(asc(users.id));
  if (!user) throw notFound("user", userId);
  return { ...user, teams: await listTeams(db, userId) };
}

/** What others read beside what she does, from now on. */
export async function updateAccount({ db, userId }: Self, input: z.input<typeof updateAccountInput>): Promise<void> {
  const { name } = updateAccountInput.parse(input);
  await db.update(users).set({ name }).where(eq(users.id, userId));
}
