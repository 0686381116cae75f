import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { users } from "@/db/schema";
import type { Context } from "@/server/context";
import { createSignInLink, requireOneSecret } from "@/server/services/team";
import { withDatabase } from "./database";
import { authSecret } from "./secret";
import { readSettings, type Settings } from "./settings";

/** Prints a link that signs the owner, or whoever has the address, in once within 15 minutes. */
export async function signInLinkCommand([email]: string[] = []): Promise<number> {
  const settings = readSettings();
  const link = await withDatabase(settings, async (ctx) => {
    const secret = await signingSecret(settings, ctx);
    const publicUrl = await runningUrl(settings);
    const userId = email === undefined ? ctx.ownerId : await personOf(ctx, email);
    return createSignInLink(ctx.db, { userId, publicUrl, secret, now: new Date() });
  });
  process.stdout.write(`sign in: ${link}\n`);
  return 0;
}

async function personOf({ db }: Context, email: string): Promise<string> {
  const [user] = await db.select({ id: users.id }).from(users).where(eq(users.email, email.toLowerCase()));
  if (!user) throw new Error(`${email} has no account here; invite her in Settings, or: etalon member add`);
  return user.id;
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
