import { createHash, randomBytes } from "node:crypto";
import { eq } from "drizzle-orm";
import type { Db } from "@/db/client";
import { users, verificationTokens } from "@/db/schema";
import { EtalonError } from "@/server/errors";

const VALID_MINUTES = 15;

/**
 * A link that signs the user in once. It is an Auth.js verification token: stored as SHA-256 of token and secret, and
 * deleted by Auth.js when it is used.
 */
export async function createSignInLink(
  db: Db,
  options: { userId: string; publicUrl: string; secret: string; now: Date },
): Promise<string> {
  const [user] = await db.select({ email: users.email }).from(users).where(eq(users.id, options.userId));
  if (!user?.email) throw new EtalonError("not_found", `user "${options.userId}" was not found`);
  const token = randomBytes(32).toString("hex");
  await db.insert(verificationTokens).values({
    identifier: user.email,
    token: createHash("sha256").update(`${token}${options.secret}`).digest("hex"),
    expires: new Date(options.now.getTime() + VALID_MINUTES * 60_000),
  });
  const query = new URLSearchParams({ callbackUrl: `${options.publicUrl}/`, token, email: user.email });
  return `${options.publicUrl}/api/auth/callback/link?${query}`;
}
