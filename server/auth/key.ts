import { connection } from "@/db/client";
import type { Context } from "@/server/context";
import { verifyApiKey } from "@/server/services/api-key";

/** The verbs' context for the team of an API key. Errors: `unauthorized`, `too_many`. */
export async function contextOfKey(key: string, from: string | null): Promise<Context> {
  const { db, sql } = connection();
  const { teamId, ...actor } = await verifyApiKey(db, key, new Date());
  return { db, sql, teamId, actor: { kind: "key", ...actor }, from, now: () => new Date() };
}
