import { and, eq, isNull, sql } from "drizzle-orm";
import type { Db } from "@/db/client";
import { members, teams, users } from "@/db/schema";

export const OWNER_EMAIL = "owner@etalon.local";

/** Makes the owner and the first team on an empty database; later calls return what is there. */
export async function bootstrap(
  db: Db,
): Promise<{ teamId: string; teamSlug: string; ownerId: string; created: boolean }> {
  return db.transaction(async (tx) => {
    // Of two servers that start on a new database one makes the team, the other finds it.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('etalon bootstrap', 0))`);
    const existing = await tx
      .select({ teamId: teams.id, teamSlug: teams.slug, ownerId: members.userId })
      .from(teams)
      .innerJoin(members, eq(members.teamId, teams.id))
      .where(and(eq(members.role, "owner"), isNull(teams.deletedAt)))
      .orderBy(teams.createdAt, members.createdAt, members.userId)
      .limit(1);
    if (existing[0]) return { ...existing[0], created: false };
    const [owner] = await tx.insert(users).values({ email: OWNER_EMAIL, name: "Owner" }).returning();
    const [team] = await tx.insert(teams).values({ slug: "team", name: "Team" }).returning();
    await tx.insert(members).values({ teamId: team!.id, userId: owner!.id, role: "owner" });
    return { teamId: team!.id, teamSlug: team!.slug, ownerId: owner!.id, created: true };
  });
}
