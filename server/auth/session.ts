import { headers } from "next/headers";
import { connection } from "@/db/client";
import type { Context, Self } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { opensSso, signInSettings } from "@/server/services/sso";
import { hiddenFromSession, listTeams, resolveMembership } from "@/server/services/team";
import { asEtalonError } from "@/server/unforeseen";
import { auth } from "./auth";
import { sessionTokenIn } from "./cookies";
import { ADDRESS_HEADER, PATH_HEADER } from "./path-header";

export interface SignedIn {
  userId: string;
  name: string;
  /** The network address that she asks from, as the server in front of Next has noted it. */
  from?: string;
  /** What began her session: a provider of single sign-on, or `link`. */
  provider?: string;
  /** In which pages write times to her. */
  timeZone?: string;
}

/** Who the session cookie says it is, or null. */
export async function currentUser(): Promise<SignedIn | null> {
  const user = await sessionUser();
  if (user || !(await hasSessionCookie())) return user;
  // Auth.js takes a database that is away for somebody who is not signed in; and it may be back by now.
  try {
    await connection().sql`select 1`;
  } catch (e) {
    throw asEtalonError(e) ?? e;
  }
  return sessionUser();
}

async function sessionUser(): Promise<SignedIn | null> {
  const session = await auth();
  if (!session?.user?.id) return null;
  const request = await headers();
  await noteSession(request);
  const from = request.get(ADDRESS_HEADER) || undefined;
  // Auth.js hands the rows of session and user over as they were read.
  const { provider } = session as { provider?: string };
  const { id: userId, name, email, timeZone } = session.user as typeof session.user & { id: string; timeZone?: string };
  return { userId, name: name ?? email ?? "someone", from, provider, timeZone };
}

async function hasSessionCookie(): Promise<boolean> {
  return (await ownToken()) !== null;
}

async function ownToken(): Promise<string | null> {
  return sessionTokenIn((await headers()).get("cookie"));
}

/**
 * Ids of the team's projects that are hidden from whose session a request has, begun before; null where the session is
 * there no more, its user no longer in the team, or it opens the team no more: for what stays open.
 */
export async function hiddenNow(cookies: string, teamId: string): Promise<string[] | null> {
  const token = sessionTokenIn(cookies);
  return token === null ? null : hiddenFromSession(connection().db, { token, teamId });
}

/** The session that the cookie of this request holds; null for none. */
export async function currentSession(): Promise<string | null> {
  const token = await ownToken();
  if (token === null) return null;
  const [row] = await connection().sql<{ id: string }[]>`
    select id from sessions where session_token = ${token} and expires > now()`;
  return row?.id ?? null;
}

/** What an error names the team by that asks for single sign-on. */
export const SSO_TEAM = "team that asks for single sign-on";

const NOTED_EVERY_MS = 60_000;
const noted = new Map<string, number>();
const MOST_NOTED = 10_000;

/** Notes, at most once a minute, that a session was used and by which browser. */
async function noteSession(request: Headers): Promise<void> {
  const now = Date.now();
  const token = sessionTokenIn(request.get("cookie"));
  if (token === null || (noted.get(token) ?? 0) >= now - NOTED_EVERY_MS) return;
  if (noted.size > MOST_NOTED) noted.clear();
  noted.set(token, now);
  const agent = (request.get("user-agent") ?? "").slice(0, 300);
  await connection().sql`
    update sessions set last_used_at = now(), user_agent = ${agent} where session_token = ${token}`.catch(() => {
    // The database went away: what the page asks of it next says so, and the next use is noted.
    noted.delete(token);
  });
}

/** Who vouches for people here, by what their buttons say. */
export function signInProviders(): { id: string; name: string }[] {
  return signInSettings().providers.map(({ id, name }) => ({ id, name }));
}

/**
 * Where to sign in, by single sign-on where a team asks for it, with the page that was asked for, which the server in
 * front of Next has noted.
 */
export async function signInPath(team?: string): Promise<string> {
  const from = (await headers()).get(PATH_HEADER);
  const query = new URLSearchParams({ ...(team && { team }), ...(from && from !== "/" && { from }) });
  return query.size > 0 ? `/sign-in?${query}` : "/sign-in";
}

/** What the scripts of a page must carry, from the content policy of its request. */
export async function scriptNonce(): Promise<string | undefined> {
  return /'nonce-([^']+)'/.exec((await headers()).get("content-security-policy") ?? "")?.[1];
}

/** The teams of the signed-in user; [] for nobody. */
export async function currentTeams() {
  const user = await currentUser();
  return user ? teamsOf(user) : [];
}

export function teamsOf(user: SignedIn) {
  return listTeams(connection().db, user.userId);
}

/** What verbs work with. */
export function means(): Pick<Context, "db" | "sql" | "now"> {
  const { db, sql } = connection();
  return { db, sql, now: () => new Date() };
}

/** The context of verbs about a person's own account. */
export function selfOf(user: SignedIn): Self {
  return { ...means(), ...user };
}

/** Whether a session opens a team. */
export function opens(user: SignedIn, team: { ssoRequired: boolean }): boolean {
  return !team.ssoRequired || opensSso(user);
}

/**
 * The verbs' context for a user in a team. `unauthorized` without a session, and without one of a provider where the
 * team asks for that, which is named then; `not_found` for a team she is not in.
 */
export async function contextOf(user: SignedIn | null, teamSlug: string): Promise<Context> {
  if (!user) throw new EtalonError("unauthorized", "sign in first");
  const membership = await resolveMembership(connection().db, user.userId, teamSlug);
  if (!membership) throw new EtalonError("not_found", `team "${teamSlug}" was not found`);
  if (!opens(user, membership)) {
    const message = `the team "${teamSlug}" asks for single sign-on: sign in by it`;
    throw new EtalonError("unauthorized", message, [{ field: SSO_TEAM, message: teamSlug }]);
  }
  const { userId, name, provider } = user;
  const { teamId, role, hidden } = membership;
  const actor = { kind: "user" as const, userId, name, role, provider, only: null, hidden };
  return { ...means(), teamId, actor, from: user.from };
}
