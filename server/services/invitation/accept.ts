import { and, asc, eq, gt, isNotNull, isNull, type SQL } from "drizzle-orm";
import { invitations, members, type Role, teams, users } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { ALL_PROJECTS, type Context, type Self } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { inTransaction, type TransactionContext } from "@/server/transaction";
import { endOldAccess } from "../team/internal";
import { hashOf } from "./token";

type Means = Pick<Context, "db" | "sql" | "now" | "from">;

interface OfferedInvitation {
  team: string;
  teamSlug: string;
  email: string;
  role: Role;
  by: string | null;
  expiresAt: Date;
  state: "open" | "accepted" | "revoked" | "too old";
  /** Whether the address is somebody's here already, and only she may accept. */
  isKnown: boolean;
  mailed: boolean;
}

/** What a link offers; null where it is none, or of a team that is gone. */
export async function offeredInvitation(
  { db, now }: Pick<Means, "db" | "now">,
  token: string,
): Promise<OfferedInvitation | null> {
  const [row] = await db
    .select({
      team: teams.name,
      teamSlug: teams.slug,
      email: invitations.email,
      role: invitations.role,
      mailed: invitations.mailed,
      createdBy: invitations.createdBy,
      expiresAt: invitations.expiresAt,
      acceptedAt: invitations.acceptedAt,
      revokedAt: invitations.revokedAt,
    })
    .from(invitations)
    .innerJoin(teams, eq(teams.id, invitations.teamId))
    .where(and(eq(invitations.hash, hashOf(token)), isNull(teams.deletedAt)));
  if (!row) return null;
  const { createdBy, acceptedAt, revokedAt, ...offered } = row;
  const [by] = createdBy ? await db.select({ name: users.name }).from(users).where(eq(users.id, createdBy)) : [];
  const [known] = await db.select({ id: users.id }).from(users).where(eq(users.email, row.email));
  const state = acceptedAt ? "accepted" : revokedAt ? "revoked" : row.expiresAt <= now() ? "too old" : "open";
  return { ...offered, by: by?.name ?? null, state, isKnown: known !== undefined };
}

interface Accepted {
  teamSlug: string;
  userId: string;
  email: string;
  /** Whether whoever accepted is to be signed in as her: she was not, and the link is enough to know her. */
  signIn: boolean;
  mailed: boolean;
}

/**
 * Makes a member of whoever holds the link: of the signed-in `userId`, whose address it must be; or of nobody known
 * here yet, who gets an account by that. Somebody who has one must sign in first, unless the link came by mail to her:
 * else whoever invites an address could sign in as its owner, in all her teams.
 * Joining ends what an owner of another team may hold of her: copied links to sign in, and sessions other than `session`,
 * by which she accepts.
 * Errors: `not_found` for what is no open invitation, `forbidden` for another person's, `unauthorized` where she must
 * sign in first.
 */
export function acceptInvitation(
  means: Means,
  token: string,
  userId: string | null,
  session: string | null = null,
): Promise<Accepted> {
  return accept(means, eq(invitations.hash, hashOf(token)), userId, session);
}

/**
 * Makes a member of who is asked by an invitation to her proven address, without its link; what ends is as where she
 * has it. Errors: `not_found`, also for another address.
 */
export async function acceptOwnInvitation(self: Self, input: { id: string }, session: string | null) {
  const [user] = await self.db.select().from(users).where(eq(users.id, self.userId));
  const email = user?.emailVerified ? (user.email ?? "") : "";
  const { teamSlug } = await accept(
    self,
    and(eq(invitations.id, input.id), eq(invitations.email, email))!,
    self.userId,
    session,
  );
  return { teamSlug };
}

/** Open invitations to her address, once it is proven to be hers. */
export async function invitationsTo(self: Self) {
  return self.db
    .select({ id: invitations.id, team: teams.name, role: invitations.role, expiresAt: invitations.expiresAt })
    .from(invitations)
    .innerJoin(teams, eq(teams.id, invitations.teamId))
    .innerJoin(users, eq(users.email, invitations.email))
    .where(and(eq(users.id, self.userId), isNotNull(users.emailVerified), openAt(self.now())))
    .orderBy(asc(invitations.createdAt), asc(invitations.id));
}

/** Invitations that may be accepted, of teams that are there. */
export function openAt(now: Date): SQL {
  const { acceptedAt, revokedAt, expiresAt } = invitations;
  return and(isNull(acceptedAt), isNull(revokedAt), gt(expiresAt, now), isNull(teams.deletedAt))!;
}

async function accept(means: Means, which: SQL, userId: string | null, session: string | null): Promise<Accepted> {
  const system: Context = { ...means, teamId: "", actor: { kind: "system", name: "invitation" } };
  return inTransaction(system, async (tx) => {
    const [row] = await tx.db
      .select({ invitation: invitations, teamSlug: teams.slug })
      .from(invitations)
      .innerJoin(teams, eq(teams.id, invitations.teamId))
      .where(and(which, isNull(teams.deletedAt)))
      .for("update", { of: invitations });
    const open = row && !row.invitation.acceptedAt && !row.invitation.revokedAt ? row.invitation : null;
    if (!row || !open || open.expiresAt <= means.now())
      throw new EtalonError("not_found", "this invitation was used, revoked, or is too old: ask for another");
    const person = await personOf(tx, open, userId);
    const ctx: TransactionContext = {
      ...tx,
      teamId: open.teamId,
      actor: { kind: "user", userId: person.id, name: person.name ?? open.email, role: open.role, ...ALL_PROJECTS },
    };
    // Who is a member already stays what she is.
    const [member] = await ctx.db
      .insert(members)
      .values({ teamId: open.teamId, userId: person.id, role: open.role, createdAt: means.now() })
      .onConflictDoUpdate({ target: [members.teamId, members.userId], set: { userId: person.id } })
      .returning({ role: members.role });
    await endOldAccess(ctx, { userId: person.id, kept: session });
    await ctx.db.update(invitations).set({ acceptedAt: means.now() }).where(eq(invitations.id, open.id));
    const detail = { email: open.email, role: member!.role };
    await recordAudit(ctx, { action: "invitation.accept", subject: open.id, detail });
    return {
      ...{ teamSlug: row.teamSlug, userId: person.id, email: open.email },
      ...{ signIn: userId === null, mailed: open.mailed },
    };
  });
}

async function personOf(
  { db }: Pick<TransactionContext, "db">,
  { email, mailed }: { email: string; mailed: boolean },
  userId: string | null,
): Promise<{ id: string; name: string | null }> {
  if (userId !== null) {
    const [self] = await db.select().from(users).where(eq(users.id, userId));
    if (self?.email === email) return self;
    throw new EtalonError("forbidden", `this invitation is for ${email}, and you are signed in as ${self?.email}`);
  }
  const [made] = await db
    .insert(users)
    .values({ email, name: email.split("@")[0]! })
    .onConflictDoNothing({ target: users.email })
    .returning();
  if (made) return made;
  const [known] = await db.select().from(users).where(eq(users.email, email));
  if (known && mailed) return known;
  throw new EtalonError("unauthorized", `${email} has an account here: sign in, then open the invitation again`);
}
