import { and, desc, eq, gt, ne } from "drizzle-orm";
import { sessions } from "@/db/schema";
import type { Self } from "@/server/context";
import { notFound } from "@/server/errors";

/** Where she is signed in, the one used last first; `current` is the session that asks. */
export async function listSessions(self: Self, current: string | null) {
  const rows = await self.db
    .select({
      id: sessions.id,
      createdAt: sessions.createdAt,
      lastUsedAt: sessions.lastUsedAt,
      userAgent: sessions.userAgent,
      expiresAt: sessions.expires,
    })
    .from(sessions)
    .where(and(eq(sessions.userId, self.userId), gt(sessions.expires, self.now())))
    .orderBy(desc(sessions.lastUsedAt), desc(sessions.createdAt));
  return rows.map(({ userAgent, ...row }) => ({
    ...row,
    device: deviceOf(userAgent ?? ""),
    isCurrent: row.id === current,
  }));
}

/** Errors: `not_found` for one that is not hers. */
export async function endSession(self: Self, input: { id: string }): Promise<void> {
  const ended = await self.db
    .delete(sessions)
    .where(and(eq(sessions.userId, self.userId), eq(sessions.id, input.id)))
    .returning({ id: sessions.id });
  if (ended.length === 0) throw notFound("session", input.id);
}

/** All but the one that asks. */
export async function endOtherSessions(self: Self, current: string | null): Promise<{ ended: number }> {
  const ended = await self.db
    .delete(sessions)
    .where(and(eq(sessions.userId, self.userId), current ? ne(sessions.id, current) : undefined))
    .returning({ id: sessions.id });
  return { ended: ended.length };
}

const BROWSERS: [RegExp, string][] = [
  [/\bEdg\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bFirefox\//, "Firefox"],
  [/\bHeadlessChrome\//, "Chrome (headless)"],
  [/\bChrome\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/\b(iPhone|iPad)\b/, "iOS"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

/** A browser by what it calls itself, in two words. */
function deviceOf(agent: string): string {
  const of = (known: [RegExp, string][]) => known.find(([pattern]) => pattern.test(agent))?.[1];
  const [browser, system] = [of(BROWSERS), of(SYSTEMS)];
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? system ?? (agent.slice(0, 60) || "unknown");
}
