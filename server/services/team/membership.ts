import { and, eq, isNull, ne, not, or, sql } from "drizzle-orm";
import type { Db } from "@/db/client";
import { members, sessions, teams } from "@/db/schema";
import { hiddenFrom } from "../project/internal";

/** The user's membership of the team with this slug, or null (also when the team does not exist). */
export async function resolveMembership(db: Db, userId: string, teamSlug: string) {
  const [row] = await db
    .select({
      teamId: teams.id,
      teamName: teams.name,
      role: members.role,
      ssoRequired: teams.ssoRequired,
      hidden: hiddenFrom(members),
    })
    .from(members)
    .innerJoin(teams, eq(teams.id, members.teamId))
    .where(and(eq(members.userId, userId), eq(teams.slug, teamSlug), isNull(teams.deletedAt)));
  return row ?? null;
}

/** What is hidden in a team from whose live session this is; null where there is none of a member that opens it. */
export async function hiddenFromSession(
  db: Db,
  { token, teamId }: { token: string; teamId: string },
): Promise<string[] | null> {
  const [row] = await db
    .select({ hidden: hiddenFrom(members) })
    .from(sessions)
    .innerJoin(members, eq(members.userId, sessions.userId))
    .innerJoin(teams, eq(teams.id, members.teamId))
    .where(
      and(
        ...[eq(sessions.sessionToken, token), sql`${sessions.expires} > now()`],
        ...[eq(members.teamId, teamId), isNull(teams.deletedAt)],
        or(ne(sessions.provider, "link"), not(teams.ssoRequired)),
      ),
    );
  return row?.hidden ?? null;
}
