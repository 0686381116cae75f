import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { notificationPreferences, users } from "@/db/schema";
import { NOTIFICATION_KINDS } from "@/lib/notification";
import { authorise, type Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { sendsMail } from "@/server/mail";

export const preferencesInput = z.strictObject({
  /** Kinds that she is mailed. */
  mail: z.array(z.enum(NOTIFICATION_KINDS)).max(NOTIFICATION_KINDS.length),
});

/** What the reader is mailed in this team, where to, and whether this server mails at all. */
export async function getPreferences(ctx: Context) {
  authorise(ctx, "read");
  const userId = personOf(ctx);
  const [stored] = await ctx.db
    .select({ mail: notificationPreferences.mail })
    .from(notificationPreferences)
    .where(and(eq(notificationPreferences.teamId, ctx.teamId), eq(notificationPreferences.userId, userId)));
  const about = { email: users.email, emailVerified: users.emailVerified };
  const [user] = await ctx.db.select(about).from(users).where(eq(users.id, userId));
  return {
    mail: stored?.mail ?? [...NOTIFICATION_KINDS],
    email: user?.email ?? null,
    /** Nothing is mailed to an address that nobody has shown to be hers. */
    isProven: Boolean(user?.emailVerified),
    sendsMail: sendsMail(),
  };
}

export async function savePreferences(ctx: Context, input: z.input<typeof preferencesInput>): Promise<void> {
  authorise(ctx, "read");
  const { mail } = preferencesInput.parse(input);
  const row = { teamId: ctx.teamId, userId: personOf(ctx), mail: NOTIFICATION_KINDS.filter((k) => mail.includes(k)) };
  const { teamId, userId } = notificationPreferences;
  await ctx.db
    .insert(notificationPreferences)
    .values(row)
    .onConflictDoUpdate({ target: [teamId, userId], set: { mail: row.mail } });
}

function personOf({ actor }: Context): string {
  if (actor.kind !== "user") throw new EtalonError("forbidden", "only a person has preferences");
  return actor.userId;
}
