import { and, eq, isNull, lt, or } from "drizzle-orm";
import type { Db } from "@/db/client";
import { apiKeys, type Scope, teams } from "@/db/schema";
import { hashKey } from "./create";

export interface VerifiedKey {
  keyId: string;
  teamId: string;
  name: string;
  scopes: Scope[];
}

interface Remembered {
  key: VerifiedKey;
  until: number;
}

/** How long another process may go on taking a key that was revoked. */
const REMEMBER_MS = 5_000;
const MOST_REMEMBERED = 10_000;
const shared = globalThis as unknown as { etalonKeys?: Map<string, Remembered> };

/** The live key that `key` is, or null. Notes its use at most once a minute. */
export async function verifyApiKey(db: Db, key: string, now: Date): Promise<VerifiedKey | null> {
  shared.etalonKeys ??= new Map();
  const memory = shared.etalonKeys;
  const hash = hashKey(key);
  const known = memory.get(hash);
  if (known && known.until > now.getTime()) return known.key;
  memory.delete(hash);
  const [row] = await db
    .select({ keyId: apiKeys.id, teamId: apiKeys.teamId, name: apiKeys.name, scopes: apiKeys.scopes })
    .from(apiKeys)
    .innerJoin(teams, eq(teams.id, apiKeys.teamId))
    .where(and(eq(apiKeys.hash, hash), isNull(apiKeys.revokedAt), isNull(teams.deletedAt)));
  if (!row) return null;
  const minuteAgo = new Date(now.getTime() - 60_000);
  await db
    .update(apiKeys)
    .set({ lastUsedAt: now })
    .where(and(eq(apiKeys.id, row.keyId), or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, minuteAgo))));
  if (memory.size >= MOST_REMEMBERED) memory.clear();
  memory.set(hash, { key: row, until: now.getTime() + REMEMBER_MS });
  return row;
}

/** After a key was revoked: this process asks the database again. */
export function forgetVerifiedKeys(): void {
  shared.etalonKeys?.clear();
}
