import { and, eq, isNull, lt, or } from "drizzle-orm";
import type { Db } from "@/db/client";
import { apiKeys, type Scope } from "@/db/schema";
import { hashKey } from "./create";

export interface VerifiedKey {
  keyId: string;
  teamId: string;
  name: string;
  scopes: Scope[];
}

/** The live key that `key` is, or null. Notes its use at most once a minute. */
export async function verifyApiKey(db: Db, key: string, now: Date): Promise<VerifiedKey | null> {
  const [row] = await db
    .select({ keyId: apiKeys.id, teamId: apiKeys.teamId, name: apiKeys.name, scopes: apiKeys.scopes })
    .from(apiKeys)
    .where(and(eq(apiKeys.hash, hashKey(key)), isNull(apiKeys.revokedAt)));
  if (!row) return null;
  const minuteAgo = new Date(now.getTime() - 60_000);
  await db
    .update(apiKeys)
    .set({ lastUsedAt: now })
    .where(and(eq(apiKeys.id, row.keyId), or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, minuteAgo))));
  return row;
}
