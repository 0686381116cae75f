import { and, eq, isNull, lt, or } from "drizzle-orm";
import type { Db } from "@/db/client";
import { apiKeys, members, type Scope, teams } from "@/db/schema";
import type { Reach } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { hiddenFrom } from "../project/internal";
import { type Bucket, fullBucket, take } from "./bucket";
import { hashKey } from "./secret";
import { minute, refusalOf, SCOPES_OF, UNKNOWN } from "./state";

export interface VerifiedKey extends Reach {
  keyId: string;
  teamId: string;
  name: string;
  scopes: Scope[];
}

interface Remembered {
  key: VerifiedKey;
  bucket: Bucket;
  until: number;
}

/** How long another process may go on taking a key that was revoked. */
const REMEMBER_MS = 5_000;
const MOST_REMEMBERED = 10_000;
const shared = globalThis as unknown as {
  etalonKeys?: Map<string, Remembered>;
  /** By the key's id: both of its secrets take from one. */
  etalonBuckets?: Map<string, Bucket>;
};

/**
 * The live key that `key` is. Notes its use at most once a minute. Errors: `unauthorized` with the reason, `too_many`
 * beyond its requests a minute.
 */
export async function verifyApiKey(db: Db, key: string, now: Date): Promise<VerifiedKey> {
  shared.etalonKeys ??= new Map();
  const memory = shared.etalonKeys;
  const hash = hashKey(key);
  const at = now.getTime();
  let known = memory.get(hash);
  if (!known || known.until <= at) {
    memory.delete(hash);
    known = await lookUp(db, hash, now);
    if (memory.size >= MOST_REMEMBERED) memory.clear();
    memory.set(hash, known);
  }
  const wait = take(known.bucket, at);
  if (wait === 0) return known.key;
  const message = `this API key has sent its ${known.bucket.most} requests a minute; send the same again in ${wait} s`;
  throw new EtalonError("too_many", message, [], wait);
}

async function lookUp(db: Db, hash: string, now: Date): Promise<Remembered> {
  const [row] = await db
    .select({ key: apiKeys, role: members.role, hidden: hiddenFrom(members) })
    .from(apiKeys)
    .innerJoin(teams, eq(teams.id, apiKeys.teamId))
    .leftJoin(members, and(eq(members.teamId, apiKeys.teamId), eq(members.userId, apiKeys.createdBy)))
    .where(and(or(eq(apiKeys.hash, hash), eq(apiKeys.previousHash, hash)), isNull(teams.deletedAt)));
  if (!row) throw new EtalonError("unauthorized", UNKNOWN);
  const { key, role } = row;
  // A person's own key knows no more than she.
  const hidden = key.service ? [] : row.hidden;
  const why = refusalOf({ ...key, role }, now);
  if (why) throw new EtalonError("unauthorized", why);
  const replaced = key.hash === hash ? null : key.previousUntil;
  if (replaced && replaced <= now) {
    const message = `this secret of the API key was replaced and ended on ${minute(replaced)}; use the new one`;
    throw new EtalonError("unauthorized", message);
  }
  const minuteAgo = new Date(now.getTime() - 60_000);
  await db
    .update(apiKeys)
    .set({ lastUsedAt: now })
    .where(and(eq(apiKeys.id, key.id), or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, minuteAgo))));
  const scopes = key.service ? key.scopes : key.scopes.filter((scope) => SCOPES_OF[role!].includes(scope));
  const { id: keyId, teamId, name, projects: only } = key;
  const ends = [replaced, key.expiresAt].map((end) => end?.getTime() ?? Number.POSITIVE_INFINITY);
  return {
    key: { keyId, teamId, name, scopes, only, hidden },
    bucket: bucketOf(keyId, key.requestsPerMinute, now.getTime()),
    until: Math.min(now.getTime() + REMEMBER_MS, ...ends),
  };
}

function bucketOf(keyId: string, perMinute: number, now: number): Bucket {
  shared.etalonBuckets ??= new Map();
  const buckets = shared.etalonBuckets;
  const known = buckets.get(keyId);
  if (known?.most === perMinute) return known;
  if (buckets.size >= MOST_REMEMBERED) buckets.clear();
  const bucket = fullBucket(perMinute, now);
  buckets.set(keyId, bucket);
  return bucket;
}

/** After a key was revoked or changed: this process asks the database again. What is being looked up is kept nowhere. */
export function forgetVerifiedKeys(): void {
  shared.etalonKeys = undefined;
}
