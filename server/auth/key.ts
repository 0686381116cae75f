import { connection } from "@/db/client";
import type { Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { verifyApiKey } from "@/server/services/api-key";

/** The verbs' context for the team of an API key. `unauthorized` for a key that is unknown or revoked. */
export async function contextOfKey(key: string, from: string | null): Promise<Context> {
  const { db, sql } = connection();
  const verified = await verifyApiKey(db, key, new Date());
  if (!verified) throw new EtalonError("unauthorized", "this API key is unknown or was revoked");
  const { teamId, ...actor } = verified;
  return { db, sql, teamId, actor: { kind: "key", ...actor }, from, now: () => new Date() };
}
