import { connection } from "@/db/client";
import type { Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { listTeams, resolveMembership } from "@/server/services/team";
import { auth } from "./auth";

export interface SignedIn {
  userId: string;
  name: string;
}

/** Who the session cookie says it is, or null. */
export async function currentUser(): Promise<SignedIn | null> {
  const session = await auth();
  if (!session?.user?.id) return null;
  return { userId: session.user.id, name: session.user.name ?? session.user.email ?? "someone" };
}

/** The teams of the signed-in user; [] for nobody. */
export async function currentTeams() {
  const user = await currentUser();
  return user ? teamsOf(user) : [];
}

export function teamsOf(user: SignedIn) {
  return listTeams(connection().db, user.userId);
}

/** The verbs' context for a user in a team. `unauthorized` without a session, `not_found` for a team she is not in. */
export async function contextOf(user: SignedIn | null, teamSlug: string): Promise<Context> {
  if (!user) throw new EtalonError("unauthorized", "sign in first");
  const { db, sql } = connection();
  const membership = await resolveMembership(db, user.userId, teamSlug);
  if (!membership) throw new EtalonError("not_found", `team "${teamSlug}" was not found`);
  const actor = { kind: "user" as const, userId: user.userId, name: user.name, role: membership.role };
  return { db, sql, teamId: membership.teamId, actor, now: () => new Date() };
}
