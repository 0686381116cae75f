import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Db } from "@/db/client";
import { sharedSecret } from "@/server/services/team";
import type { Settings } from "./settings";

/**
 * AUTH_SECRET, or the database's. One that an earlier version kept as a file of the data directory is taken into the
 * database.
 */
export async function authSecret({ authSecret, dataDir }: Settings, db: Db): Promise<string> {
  if (authSecret) return authSecret;
  const path = join(dataDir, "auth-secret");
  const kept = (await readFile(path, "utf8").catch(() => "")).trim();
  const secret = await sharedSecret(db, kept || null);
  if (kept) await rm(path, { force: true });
  return secret;
}
