import { and, eq, isNull } from "drizzle-orm";
import type { Db } from "@/db/client";
import { members, teams } from "@/db/schema";

/** Teams that the user belongs to, with her role and since when. */
export async function listTeams(db: Db, userId: string) {
  return db
    .select({
      id: teams.id,
      slug: teams.slug,
      name: teams.name,
      ssoRequired: teams.ssoRequired,
      role: members.role,
      joinedAt: members.createdAt,
    })
    .from(members)
    .innerJoin(teams, eq(teams.id, members.teamId))
    .where(and(eq(members.userId, userId), isNull(teams.deletedAt)))
    .orderBy(teams.name);
}
