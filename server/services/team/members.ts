import { and, asc, count, eq, ilike, ne, or } from "drizzle-orm";
import { z } from "zod";
import { members, ROLES, teams, users, verificationTokens } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { inTransaction, type TransactionContext } from "@/server/transaction";
import { endKeysOf, forgetVerifiedKeys } from "../api-key/internal";
import { revokeOpen } from "../invitation/internal";
import { announceReach, endOldAccess } from "./old-access";
import { createSignInLink, INVITATION_MINUTES } from "./sign-in-link";

const role = z.enum(ROLES);
const addMemberInput = z.strictObject({ email: z.email().max(320).toLowerCase(), role });
export const changeRoleInput = z.strictObject({ userId: z.string().max(100), role });
export const memberInput = z.strictObject({ userId: z.string().max(100) });

/** Where links lead and what signs them. */
export interface Signing {
  publicUrl: string;
  secret: string;
}

/** The team's people with their roles, the first that joined first. */
export async function listMembers(ctx: Context) {
  authorise(ctx, "read");
  return ctx.db
    .select(MEMBER)
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(eq(members.teamId, ctx.teamId))
    .orderBy(asc(members.createdAt), asc(users.id));
}

const MEMBER = {
  userId: users.id,
  email: users.email,
  name: users.name,
  role: members.role,
  byClaims: members.byClaims,
  joinedAt: members.createdAt,
} as const;

const MEMBERS_A_PAGE = 50;
/** `text` is part of a name or an address; `skip` of those that it finds are left out. */
export const findMembersInput = z.strictObject({
  text: z.string().max(320).default(""),
  skip: z.int().min(0).max(100_000).default(0),
});

/** A page of the team's people, the first that joined first, and how many there are. */
export async function findMembers(ctx: Context, input: z.input<typeof findMembersInput>) {
  authorise(ctx, "read");
  const { text, skip } = findMembersInput.parse(input);
  const like = `%${text.trim().replace(/[\\%_]/g, "\\$&")}%`;
  const where = and(
    eq(members.teamId, ctx.teamId),
    text.trim() === "" ? undefined : or(ilike(users.name, like), ilike(users.email, like)),
  );
  const [found, counted] = await Promise.all([
    ctx.db
      .select(MEMBER)
      .from(members)
      .innerJoin(users, eq(users.id, members.userId))
      .where(where)
      .orderBy(asc(members.createdAt), asc(users.id))
      .limit(MEMBERS_A_PAGE)
      .offset(skip),
    ctx.db.select({ n: count() }).from(members).innerJoin(users, eq(users.id, members.userId)).where(where),
  ]);
  return { members: found, total: counted[0]!.n };
}

/** Makes a person a member and a one-time link for her. Errors: `conflict` for who is a member already. */
export async function addMember(ctx: Context, input: z.input<typeof addMemberInput>, signing: Signing) {
  authorise(ctx, "own");
  const { email, role } = addMemberInput.parse(input);
  const userId = await inTransaction(ctx, async (ctx) => {
    await ctx.db
      .insert(users)
      .values({ email, name: email.split("@")[0]! })
      .onConflictDoNothing({ target: users.email });
    const [user] = await ctx.db.select({ id: users.id }).from(users).where(eq(users.email, email));
    const added = await ctx.db
      .insert(members)
      .values({ teamId: ctx.teamId, userId: user!.id, role })
      .onConflictDoNothing()
      .returning({ userId: members.userId });
    if (added.length === 0) throw new EtalonError("conflict", `${email} is a member of this team already`);
    await endOldAccess(ctx, { userId: user!.id, kept: null });
    await revokeOpen(ctx, { email });
    await recordAudit(ctx, { action: "member.add", subject: user!.id, detail: { email, role } });
    return user!.id;
  });
  return { userId, email, role, link: await linkFor(ctx, userId, signing) };
}

/**
 * A new one-time link for a member, for one who lost hers. Errors: `not_found`; `conflict` for who is in other teams
 * too, where the link would make whoever has it her: only the server's own command line makes one for her.
 */
export async function memberLink(ctx: Context, input: z.input<typeof memberInput>, signing: Signing) {
  authorise(ctx, "own");
  const { userId } = memberInput.parse(input);
  return inTransaction(ctx, async (ctx) => {
    await requireMember(ctx, userId);
    // Whoever joins another team meanwhile is waited for.
    await ctx.db.select({ id: users.id }).from(users).where(eq(users.id, userId)).for("no key update");
    if (ctx.actor.kind !== "system") await refuseOtherTeams(ctx, userId);
    await recordAudit(ctx, { action: "member.link", subject: userId });
    return { link: await linkFor(ctx, userId, signing) };
  });
}

const addressInput = z.strictObject({ userId: z.string().max(100), email: z.email().max(320).toLowerCase() });

/**
 * Another address for a member, which nothing proves until a mail to it was used: only whoever runs the server may say
 * so. Errors: `forbidden`, `not_found`, `conflict` for an address that is somebody's.
 */
export async function changeAddress(ctx: Context, input: z.input<typeof addressInput>): Promise<void> {
  authorise(ctx, "own");
  if (ctx.actor.kind !== "system") throw new EtalonError("forbidden", "only the server's command line may do this");
  const { userId, email } = addressInput.parse(input);
  await inTransaction(ctx, async (ctx) => {
    await requireMember(ctx, userId);
    const [taken] = await ctx.db.select({ id: users.id }).from(users).where(eq(users.email, email));
    if (taken && taken.id !== userId)
      throw new EtalonError("conflict", `${email} is the address of somebody else here`);
    const [user] = await ctx.db.select({ email: users.email }).from(users).where(eq(users.id, userId));
    await ctx.db.delete(verificationTokens).where(eq(verificationTokens.identifier, user?.email ?? ""));
    await ctx.db.update(users).set({ email, emailVerified: null }).where(eq(users.id, userId));
    await recordAudit(ctx, { action: "member.address", subject: userId, detail: { email } });
  });
}

/**
 * What claims say of the member counts no more. Errors: `not_found`; `conflict` where the team would be left without
 * an owner.
 */
export async function changeRole(ctx: Context, input: z.input<typeof changeRoleInput>) {
  authorise(ctx, "own");
  const { userId, role } = changeRoleInput.parse(input);
  await keepingAnOwner(ctx, userId, async (ctx, before) => {
    await ctx.db.update(members).set({ role, byClaims: false }).where(memberOf(ctx, userId));
    await recordAudit(ctx, { action: "member.role", subject: userId, detail: { before, role } });
  });
}

/** What she made stays, but her own API keys end. Errors as of `changeRole`. */
export async function removeMember(ctx: Context, input: z.input<typeof memberInput>) {
  authorise(ctx, "own");
  const { userId } = memberInput.parse(input);
  await keepingAnOwner(ctx, userId, async (ctx, before) => {
    await ctx.db.delete(members).where(memberOf(ctx, userId));
    const keys = await endKeysOf(ctx, userId);
    await recordAudit(ctx, { action: "member.remove", subject: userId, detail: { before, keys } });
  });
}

/** Whoever asks leaves the team, and her own API keys end. Errors as of `changeRole`. */
export async function leaveTeam(ctx: Context): Promise<void> {
  authorise(ctx, "read");
  const userId = userOf(ctx);
  if (userId === null) throw new EtalonError("forbidden", "only a person can leave a team");
  await keepingAnOwner(ctx, userId, async (ctx, before) => {
    await ctx.db.delete(members).where(memberOf(ctx, userId));
    const keys = await endKeysOf(ctx, userId);
    await recordAudit(ctx, { action: "member.leave", subject: userId, detail: { before, keys } });
  });
}

function memberOf(ctx: Context, userId: string) {
  return and(eq(members.teamId, ctx.teamId), eq(members.userId, userId));
}

async function requireMember(ctx: Context, userId: string): Promise<void> {
  const [row] = await ctx.db.select({ role: members.role }).from(members).where(memberOf(ctx, userId));
  if (!row) throw notFound("member", userId);
}

async function refuseOtherTeams(ctx: Context, userId: string): Promise<void> {
  const others = await ctx.db
    .select({ teamId: members.teamId })
    .from(members)
    .where(and(eq(members.userId, userId), ne(members.teamId, ctx.teamId)))
    .limit(1);
  if (others.length === 0) return;
  const how = "she asks for a link by mail, or whoever runs the server makes one: npx etalon sign-in-link ADDRESS";
  throw new EtalonError("conflict", `she is in other teams too, which a link would open: ${how}`);
}

function linkFor(ctx: Context, userId: string, signing: Signing): Promise<string> {
  return createSignInLink(ctx.db, { userId, ...signing, now: ctx.now(), validMinutes: INVITATION_MINUTES });
}

/** Changes one membership while the team's are locked; undone where no owner is left. Who was one keeps no invitation. */
async function keepingAnOwner(
  ctx: Context,
  userId: string,
  change: (ctx: TransactionContext, before: string) => Promise<void>,
): Promise<void> {
  await inTransaction(ctx, async (ctx) => {
    // The team before its members, as where an account is deleted: neither holds what the other waits for.
    await ctx.db.select({ id: teams.id }).from(teams).where(eq(teams.id, ctx.teamId)).for("no key update");
    const rows = await ctx.db
      .select({ userId: members.userId, role: members.role })
      .from(members)
      .where(eq(members.teamId, ctx.teamId))
      .for("update");
    const member = rows.find((r) => r.userId === userId);
    if (!member) throw notFound("member", userId);
    await change(ctx, member.role);
    const owners = await ctx.db
      .select({ userId: members.userId })
      .from(members)
      .where(and(eq(members.teamId, ctx.teamId), eq(members.role, "owner")));
    if (member.role === "owner" && !owners.some((o) => o.userId === userId))
      await revokeOpen(ctx, { createdBy: userId });
    await announceReach(ctx);
    if (owners.length === 0) throw new EtalonError("conflict", "the team needs an owner; make somebody else one first");
  });
  forgetVerifiedKeys();
}
