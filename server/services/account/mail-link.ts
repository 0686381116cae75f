import { and, count, eq, gt } from "drizzle-orm";
import type { Db } from "@/db/client";
import { users, verificationTokens } from "@/db/schema";
import { sendMail, sendsMail } from "@/server/mail";
import { createSignInLink, type Signing } from "../team";

/** So many unused mailed links an address can have: nobody's mailbox is filled, and no token is easier to guess. */
const MOST_OPEN = 5;

/** Whether who wants to sign in can have a link by mail. */
export const mailsLinks = sendsMail;

/**
 * Sends a one-time link to an address that belongs to somebody here. Whether it does is not said: who asks learns
 * nothing, not by an answer nor by how long it takes, as nobody waits for the mail. `failed` is told what went wrong.
 */
export async function mailSignInLink(
  { db, now }: { db: Db; now: () => Date },
  { email, signing, failed }: { email: string; signing: Signing; failed: (reason: string) => void },
): Promise<void> {
  if (!sendsMail()) return;
  const [user] = await db.select({ id: users.id }).from(users).where(eq(users.email, email));
  if (!user) return;
  void linkWithin({ db, now }, { userId: user.id, email, signing })
    .then(async (link) => {
      if (link === null) return;
      const text = `To sign in, open this link and press its button within 15 minutes:\n${link}\n\nIf you did not ask for it, ignore this mail.`;
      await sendMail({ to: email, subject: "Sign in to Etalon", text });
    })
    .catch((e: Error) => failed(e.message));
}

/** A link, unless as many mailed ones wait as may; who asks at once waits for the one before. */
function linkWithin(
  { db, now }: { db: Db; now: () => Date },
  { userId, email, signing }: { userId: string; email: string; signing: Signing },
): Promise<string | null> {
  return db.transaction(async (tx) => {
    await tx.select({ id: users.id }).from(users).where(eq(users.id, userId)).for("no key update");
    const { identifier, expires, mailed } = verificationTokens;
    const waiting = and(eq(identifier, email), eq(mailed, true), gt(expires, now()));
    const [open] = await tx.select({ n: count() }).from(verificationTokens).where(waiting);
    if (open!.n >= MOST_OPEN) return null;
    return createSignInLink(tx, { userId, ...signing, now: now(), mailed: true });
  });
}
