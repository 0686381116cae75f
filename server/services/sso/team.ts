import { and, eq, inArray, ne } from "drizzle-orm";
import { z } from "zod";
import { accounts, members, sessions, teams } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { sendsMail } from "@/server/mail";
import { inTransaction } from "@/server/transaction";
import { announceReach } from "../team/internal";
import { PROVIDER_VARIABLES, type Provider, signInSettings } from "./settings";

export const teamSignInInput = z.strictObject({
  /** Whether the team opens only to who came in by a provider. */
  ssoRequired: z.boolean(),
});

const NAMES: Record<Provider["id"], string> = { oidc: "OpenID Connect", github: "GitHub", google: "Google" };

/** How people of the team may sign in, and what would turn on the ways that are off. */
export async function getTeamSignIn(ctx: Context) {
  authorise(ctx, "own");
  const [team] = await ctx.db
    .select({ slug: teams.slug, ssoRequired: teams.ssoRequired })
    .from(teams)
    .where(eq(teams.id, ctx.teamId));
  if (!team) throw notFound("team", ctx.teamId);
  const { providers, domains, roles } = signInSettings();
  return {
    ssoRequired: team.ssoRequired,
    /** Whether who asks came in by a provider, so that she would not lock herself out. */
    bySso: isBySso(ctx),
    sendsMail: sendsMail(),
    providers: (Object.keys(PROVIDER_VARIABLES) as Provider["id"][]).map((id) => ({
      id,
      kind: NAMES[id],
      name: providers.find((p) => p.id === id)?.name ?? null,
      variables: PROVIDER_VARIABLES[id],
    })),
    domains,
    roles: roles.filter((r) => r.team === team.slug).map(({ claim, value, role }) => ({ claim, value, role })),
  };
}

/**
 * Errors: `conflict` where who asks did not come in by a provider herself, as she would lock herself out, and with her
 * everybody, where no provider is on.
 */
export async function saveTeamSignIn(ctx: Context, input: z.input<typeof teamSignInInput>): Promise<void> {
  authorise(ctx, "own");
  const { ssoRequired } = teamSignInInput.parse(input);
  if (ssoRequired && !isBySso(ctx))
    throw new EtalonError("conflict", "sign in by single sign-on yourself first: you would lock yourself out");
  await inTransaction(ctx, async (ctx) => {
    await ctx.db.update(teams).set({ ssoRequired }).where(eq(teams.id, ctx.teamId));
    await announceReach(ctx);
    await recordAudit(ctx, { action: "team.sso", subject: ctx.teamId, detail: { ssoRequired } });
  });
}

function isBySso({ actor }: Context): boolean {
  return actor.kind === "user" && opensSso(actor);
}

/** Whether a session that began so opens teams that ask for single sign-on. */
export function opensSso({ provider }: { provider?: string }): boolean {
  return provider !== undefined && provider !== "link";
}

const unlinkInput = z.strictObject({ userId: z.string().max(100) });

/**
 * Unties a member from her accounts of providers and ends the sessions that they began: the next one that has her
 * verified address is tied to her. Only whoever runs the server may, as it decides who she is in all her teams.
 */
export async function unlinkMember(ctx: Context, input: z.input<typeof unlinkInput>): Promise<{ accounts: number }> {
  authorise(ctx, "own");
  if (ctx.actor.kind !== "system") throw new EtalonError("forbidden", "only the server's command line may do this");
  const { userId } = unlinkInput.parse(input);
  return inTransaction(ctx, async (ctx) => {
    const mine = ctx.db.select({ userId: members.userId }).from(members).where(eq(members.teamId, ctx.teamId));
    const gone = await ctx.db
      .delete(accounts)
      .where(and(eq(accounts.userId, userId), inArray(accounts.userId, mine)))
      .returning({ provider: accounts.provider });
    if (gone.length > 0)
      await ctx.db.delete(sessions).where(and(eq(sessions.userId, userId), ne(sessions.provider, "link")));
    await recordAudit(ctx, { action: "member.unlink", subject: userId, detail: { accounts: gone.length } });
    return { accounts: gone.length };
  });
}
