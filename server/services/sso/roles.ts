import { and, eq, isNull, ne } from "drizzle-orm";
import { members, teams, users } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import type { TransactionContext } from "@/server/transaction";
import { endKeysOf } from "../api-key/internal";
import { revokeOpen } from "../invitation/internal";
import { announceReach, endOldAccess } from "../team/internal";
import { rolesOf } from "./claims";
import type { RoleRule } from "./settings";

/**
 * Makes her memberships what her claims say, in the teams that rules name. Members that people made stay as they are,
 * and so does the last owner of a team.
 */
export async function applyRoles(
  tx: TransactionContext,
  userId: string,
  claims: Record<string, unknown>,
  rules: readonly RoleRule[],
): Promise<void> {
  const roles = [...rolesOf(claims, rules)].sort(([a], [b]) => (a < b ? -1 : 1));
  // Whoever signs in twice at once is made a member once; her row before the teams', as where an account is deleted.
  if (roles.length > 0)
    await tx.db.select({ id: users.id }).from(users).where(eq(users.id, userId)).for("no key update");
  for (const [slug, rule] of roles) {
    const [team] = await tx.db
      .select({ id: teams.id })
      .from(teams)
      .where(and(eq(teams.slug, slug), isNull(teams.deletedAt)))
      .for("no key update");
    if (!team) continue;
    const ctx: TransactionContext = { ...tx, teamId: team.id, actor: { kind: "system", name: "claims" } };
    const [member] = await ctx.db
      .select({ role: members.role, byClaims: members.byClaims })
      .from(members)
      .where(memberOf(ctx, userId))
      .for("update");
    if (!member && rule) await join(ctx, userId, rule);
    else if (member?.byClaims && member.role !== rule?.role && (await mayChange(ctx, userId, member.role)))
      await follow(ctx, userId, member.role, rule);
  }
}

function memberOf(ctx: TransactionContext, userId: string) {
  return and(eq(members.teamId, ctx.teamId), eq(members.userId, userId));
}

async function join(ctx: TransactionContext, userId: string, rule: RoleRule): Promise<void> {
  const { role } = rule;
  await ctx.db.insert(members).values({ teamId: ctx.teamId, userId, role, byClaims: true, createdAt: ctx.now() });
  await endOldAccess(ctx, { userId, kept: null });
  const [user] = await ctx.db.select({ email: users.email }).from(users).where(eq(users.id, userId));
  const email = user?.email ?? "";
  await revokeOpen(ctx, { email });
  await recordAudit(ctx, { action: "member.add", subject: userId, detail: { email, role, claim: said(rule) } });
}

/** Another role, or none. */
async function follow(ctx: TransactionContext, userId: string, before: string, rule: RoleRule | null): Promise<void> {
  if (before === "owner") await revokeOpen(ctx, { createdBy: userId });
  await announceReach(ctx);
  if (rule) {
    await ctx.db.update(members).set({ role: rule.role }).where(memberOf(ctx, userId));
    const detail = { before, role: rule.role, claim: said(rule) };
    await recordAudit(ctx, { action: "member.role", subject: userId, detail });
  } else {
    await ctx.db.delete(members).where(memberOf(ctx, userId));
    const keys = await endKeysOf(ctx, userId);
    await recordAudit(ctx, { action: "member.remove", subject: userId, detail: { before, keys, claim: null } });
  }
}

/** A team keeps an owner. */
async function mayChange(ctx: TransactionContext, userId: string, role: string): Promise<boolean> {
  if (role !== "owner") return true;
  const others = await ctx.db
    .select({ userId: members.userId })
    .from(members)
    .where(and(eq(members.teamId, ctx.teamId), eq(members.role, "owner"), ne(members.userId, userId)))
    .for("update");
  return others.length > 0;
}

const said = ({ claim, value }: RoleRule) => `${claim}=${value}`;
