import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "@/server/context";
import { createSignInLink, requireOneSecret } from "@/server/services/team";
import { withDatabase } from "./database";
import { authSecret } from "./secret";
import { readSettings, type Settings } from "./settings";

/** Prints a link that signs the owner in once within 15 minutes. */
export async function signInLinkCommand(): Promise<number> {
  const settings = readSettings();
  const link = await withDatabase(settings, async (ctx) => {
    const secret = await signingSecret(settings, ctx);
    const publicUrl = await runningUrl(settings);
    return createSignInLink(ctx.db, { userId: ctx.ownerId, publicUrl, secret, now: new Date() });
  });
  process.stdout.write(`sign in: ${link}\n`);
  return 0;
}

/** What the running servers sign links with. Errors: one line where AUTH_SECRET of this shell is not theirs. */
export async function signingSecret(settings: Settings, { db, sql }: Context): Promise<string> {
  const secret = await authSecret(settings, db);
  await requireOneSecret(sql, secret);
  return secret;
}

/** Where the running server listens, whatever PORT says in this shell. */
export async function runningUrl({ dataDir, publicUrl }: Settings): Promise<string> {
  if (process.env.ETALON_PUBLIC_URL) return publicUrl;
  const text = await readFile(join(dataDir, "server.json"), "utf8").catch(() => null);
  return text ? (JSON.parse(text) as { url: string }).url : publicUrl;
}
