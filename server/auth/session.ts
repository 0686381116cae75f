import { headers } from "next/headers";
import { connection } from "@/db/client";
import type { Context, Self } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { hiddenFromSession, listTeams, resolveMembership } from "@/server/services/team";
import { asEtalonError } from "@/server/unforeseen";
import { auth } from "./auth";
import { ADDRESS_HEADER, PATH_HEADER } from "./path-header";

export interface SignedIn {
  userId: string;
  name: string;
  /** The network address that she asks from, as the server in front of Next has noted it. */
  from?: string;
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
  return { userId: session.user.id, name: session.user.name ?? session.user.email ?? "someone", from };
}

async function hasSessionCookie(): Promise<boolean> {
  return ((await headers()).get("cookie") ?? "").includes("session-token");
}

/**
 * Ids of the team's projects that are hidden from whose session a request has, begun before; null where the session is
 * there no more, or its user no longer in the team: for what stays open.
 */
export async function hiddenNow(cookies: string, teamId: string): Promise<string[] | null> {
  // Other servers of the same host have cookies of their own names, which browsers send too.
  const tokens = sessionTokens(cookies);
  return hiddenFromSession(connection().db, { tokens, teamId });
}

function sessionTokens(cookies: string): string[] {
  return [...cookies.matchAll(/session-token=([^;\s]+)/g)].map((m) => m[1]!);
}

/** The session that the cookie of this request holds; null for none. */
export async function currentSession(): Promise<string | null> {
  const tokens = sessionTokens((await headers()).get("cookie") ?? "");
  if (tokens.length === 0) return null;
  const [row] = await connection().sql<{ id: string }[]>`
    select id from sessions where session_token = any(${tokens}::text[]) and expires > now()`;
  return row?.id ?? null;
}

const NOTED_EVERY_MS = 60_000;
const noted = new Map<string, number>();
const MOST_NOTED = 10_000;

/** Notes, at most once a minute, that a session was used and by which browser. */
async function noteSession(request: Headers): Promise<void> {
  const now = Date.now();
  const tokens = sessionTokens(request.get("cookie") ?? "").filter((t) => (noted.get(t) ?? 0) < now - NOTED_EVERY_MS);
  if (tokens.length === 0) return;
  if (noted.size > MOST_NOTED) noted.clear();
  for (const token of tokens) noted.set(token, now);
  const agent = (request.get("user-agent") ?? "").slice(0, 300);
  await connection().sql`
    update sessions set last_used_at = now(), user_agent = ${agent} where session_token = any(${tokens}::text[])`.catch(
    () => {
      // The database went away: what the page asks of it next says so, and the next use is noted.
      for (const token of tokens) noted.delete(token);
    },
  );
}

/** Where to sign in, with the page that was asked for, which the server in front of Next has noted. */
export async function signInPath(): Promise<string> {
  const from = (await headers()).get(PATH_HEADER);
  return from && from !== "/" ? `/sign-in?${new URLSearchParams({ from })}` : "/sign-in";
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

/** The verbs' context for a user in a team. `unauthorized` without a session, `not_found` for a team she is not in. */
export async function contextOf(user: SignedIn | null, teamSlug: string): Promise<Context> {
  if (!user) throw new EtalonError("unauthorized", "sign in first");
  const membership = await resolveMembership(connection().db, user.userId, teamSlug);
  if (!membership) throw new EtalonError("not_found", `team "${teamSlug}" was not found`);
  const { teamId, role, hidden } = membership;
  const actor = { kind: "user" as const, userId: user.userId, name: user.name, role, only: null, hidden };
  return { ...means(), teamId, actor, from: user.from };
}
