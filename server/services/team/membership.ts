import { and, eq, isNull } from "drizzle-orm";
import type { Db } from "@/db/client";
import { members, teams } from "@/db/schema";

/** The user's membership of the team with this slug, or null (also when the team does not exist). */
export async function resolveMembership(db: Db, userId: string, teamSlug: string) {
  const [row] = await db
    .select({ teamId: teams.id, teamName: teams.name, role: members.role, ssoRequired: teams.ssoRequired })
    .from(members)
    .innerJoin(teams, eq(teams.id, members.teamId))
    .where(and(eq(members.userId, userId), eq(teams.slug, teamSlug), isNull(teams.deletedAt)));
  return row ?? null;
}
