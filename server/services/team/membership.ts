import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Db } from "@/db/client";
import { members, sessions, teams } from "@/db/schema";
import { hiddenFrom } from "../project/internal";

/** The user's membership of the team with this slug, or null (also when the team does not exist). */
export async function resolveMembership(db: Db, userId: string, teamSlug: string) {
  const [row] = await db
    .select({ teamId: teams.id, teamName: teams.name, role: members.role, hidden: hiddenFrom(members) })
    .from(members)
    .innerJoin(teams, eq(teams.id, members.teamId))
    .where(and(eq(members.userId, userId), eq(teams.slug, teamSlug), isNull(teams.deletedAt)));
  return row ?? null;
}

/** What is hidden in a team from whose live session has one of the tokens; null where there is none of a member. */
export async function hiddenFromSession(
  db: Db,
  { tokens, teamId }: { tokens: string[]; teamId: string },
): Promise<string[] | null> {
  const [row] = await db
    .select({ hidden: hiddenFrom(members) })
    .from(sessions)
    .innerJoin(members, eq(members.userId, sessions.userId))
    .innerJoin(teams, eq(teams.id, members.teamId))
    .where(
      and(
        ...[inArray(sessions.sessionToken, tokens), sql`${sessions.expires} > now()`],
        ...[eq(members.teamId, teamId), isNull(teams.deletedAt)],
      ),
    );
  return row?.hidden ?? null;
}
