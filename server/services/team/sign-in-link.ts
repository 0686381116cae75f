import { createHash, randomBytes } from "node:crypto";
import { eq, lt } from "drizzle-orm";
import type { Db } from "@/db/client";
import { users, verificationTokens } from "@/db/schema";
import { EtalonError } from "@/server/errors";

const VALID_MINUTES = 15;
/** A colleague reads her mail or chat later than whoever stands before a terminal. */
export const INVITATION_MINUTES = 3 * 24 * 60;

/**
 * A link that signs the user in once. It is an Auth.js verification token: stored as SHA-256 of token and secret, and
 * deleted by Auth.js when it is used; expired ones are deleted here.
 */
export async function createSignInLink(
  db: Db,
  options: {
    userId: string;
    publicUrl: string;
    secret: string;
    now: Date;
    validMinutes?: number;
    /** Nobody sees the link but in a mail to her address: who uses it has proven the address. */
    mailed?: boolean;
  },
): Promise<string> {
  const [user] = await db.select({ email: users.email }).from(users).where(eq(users.id, options.userId));
  if (!user?.email) throw new EtalonError("not_found", `user "${options.userId}" was not found`);
  const token = randomBytes(32).toString("hex");
  await db.delete(verificationTokens).where(lt(verificationTokens.expires, options.now));
  await db.insert(verificationTokens).values({
    identifier: user.email,
    token: createHash("sha256").update(`${token}${options.secret}`).digest("hex"),
    expires: new Date(options.now.getTime() + (options.validMinutes ?? VALID_MINUTES) * 60_000),
    mailed: options.mailed ?? false,
  });
  return `${options.publicUrl}/sign-in/link?${new URLSearchParams({ token, email: user.email })}`;
}
