import { eq } from "drizzle-orm";
import type { Db } from "@/db/client";
import { members, teams } from "@/db/schema";

/** Teams that the user belongs to, with her role. */
export async function listTeams(db: Db, userId: string) {
  return db
    .select({ id: teams.id, slug: teams.slug, name: teams.name, role: members.role })
    .from(members)
    .innerJoin(teams, eq(teams.id, members.teamId))
    .where(eq(members.userId, userId))
    .orderBy(teams.name);
}
