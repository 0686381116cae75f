import { eq } from "drizzle-orm";
import { teams } from "@/db/schema";
import type { Context } from "@/server/context";
import { sendMail } from "@/server/mail";

export interface Invitation {
  id: string;
  email: string;
  role: string;
  expiresAt: Date;
}

/** An invitation and how its link goes on its way: by mail, or by whoever invited. */
export interface Invited extends Invitation {
  /** Null where only the mail has it. */
  link: string | null;
  /** Why the mail did not go out; null where it did, or none was to. */
  mailError: string | null;
}

const MOST_MAILS = 5;
const WITHIN_MS = 3_600_000;
const MOST_ADDRESSES = 10_000;
const shared = globalThis as unknown as { etalonInvited?: Map<string, number[]> };

/** Counts a mail to an address, whichever team it is of. Errors: as many went there within the hour as may. */
function countMail({ now }: Pick<Context, "now">, email: string): void {
  shared.etalonInvited ??= new Map();
  const sent = shared.etalonInvited;
  const at = now().getTime();
  const recent = (sent.get(email) ?? []).filter((t) => t > at - WITHIN_MS);
  if (recent.length >= MOST_MAILS)
    throw new Error(`${email} was sent ${MOST_MAILS} invitations within an hour: wait, or copy a link instead`);
  if (sent.size >= MOST_ADDRESSES) sent.clear();
  sent.set(email, [...recent, at]);
}

/** Hands the link over: by mail alone, or to whoever asked for it. A mail that fails is said, and the invitation stays. */
export async function handOver(
  ctx: Context,
  invitation: Invitation,
  { token, mailed, publicUrl }: { token: string; mailed: boolean; publicUrl: string },
): Promise<Invited> {
  const link = `${publicUrl}/invitation?${new URLSearchParams({ token })}`;
  if (!mailed) return { ...invitation, link, mailError: null };
  const [team] = await ctx.db.select({ name: teams.name }).from(teams).where(eq(teams.id, ctx.teamId));
  const by = ctx.actor.kind === "user" ? ctx.actor.name : "The server";
  const text = [
    `${by} invites you to the team “${team!.name}” on Etalon. Your role there: ${invitation.role}.`,
    `To accept, open this link and press its button:\n${link}`,
    `The link is for ${invitation.email} and good until ${invitation.expiresAt.toISOString().slice(0, 16).replace("T", " ")} UTC. If you expected no invitation, ignore it.`,
  ].join("\n\n");
  try {
    countMail(ctx, invitation.email);
    await sendMail({ to: invitation.email, subject: `Invitation to ${team!.name} on Etalon`, text });
    return { ...invitation, link: null, mailError: null };
  } catch (e) {
    return { ...invitation, link: null, mailError: (e as Error).message };
  }
}
