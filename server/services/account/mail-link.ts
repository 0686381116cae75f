import { and, count, eq, gt } from "drizzle-orm";
import type { Db } from "@/db/client";
import { users, verificationTokens } from "@/db/schema";
import { sendMail, sendsMail } from "@/server/mail";
import { createSignInLink, type Signing } from "../team";

/** So many unused links an address can have: nobody's mailbox is filled, and no token is easier to guess. */
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
  const [open] = await db
    .select({ n: count() })
    .from(verificationTokens)
    .where(and(eq(verificationTokens.identifier, email), gt(verificationTokens.expires, now())));
  if (!user || open!.n >= MOST_OPEN) return;
  void createSignInLink(db, { userId: user.id, ...signing, now: now(), mailed: true })
    .then((link) =>
      sendMail({
        to: email,
        subject: "Sign in to Etalon",
        text: `To sign in, open this link and press its button within 15 minutes:\n${link}\n\nIf you did not ask for it, ignore this mail.`,
      }),
    )
    .catch((e: Error) => failed(e.message));
}
