import { and, count, eq, isNull, sql as query } from "drizzle-orm";
import { z } from "zod";
import { members, teams } from "@/db/schema";
import { oneLine } from "@/lib/protocol";
import { recordAudit } from "@/server/audit";
import { ALL_PROJECTS, authorise, type Context, type Self } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { inTransaction } from "@/server/transaction";
import { forgetVerifiedKeys } from "../api-key/internal";
import { endOldAccess } from "./old-access";

const name = oneLine("give the team a name");
export const createTeamInput = z.strictObject({
  name,
  slug: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "use lower-case letters, digits and hyphens")
    .optional(),
});
export const renameTeamInput = z.strictObject({ name });
export const deleteTeamInput = z.strictObject({ confirm: z.string() });

/** Pages of the server lie beside its teams, so a team cannot have their addresses. */
const RESERVED = new Set([
  ...["account", "api", "api-reference", "glossary", "invitation", "shared", "sign-in", "sign-out", "teams"],
]);

const MOST_OWNED = 50;

/**
 * Makes a team, which belongs to whoever makes it; without a slug one is made from the name. It ends what an owner of
 * another team may hold of her: copied links to sign in, and sessions other than `session`, by which she asks.
 */
export async function createTeam(
  self: Self,
  input: z.input<typeof createTeamInput>,
  session: string | null = null,
): Promise<{ slug: string; name: string }> {
  const { name, slug: asked } = createTeamInput.parse(input);
  const slug = asked ?? slugOf(name);
  const taken = (message: string) => new EtalonError("conflict", message, [{ field: "slug", message }]);
  if (RESERVED.has(slug)) throw taken(`"${slug}" is the address of a page; choose another name`);
  const teamId = crypto.randomUUID();
  const { db, sql, now, from, userId } = self;
  const owner = { kind: "user" as const, userId, name: self.name, role: "owner" as const, ...ALL_PROJECTS };
  return inTransaction({ db, sql, now, from, teamId, actor: owner }, async (ctx) => {
    await requireRoom(ctx, userId);
    const rows = await ctx.db
      .insert(teams)
      .values({ id: teamId, slug, name, createdAt: ctx.now() })
      .onConflictDoNothing()
      .returning({ slug: teams.slug, name: teams.name });
    if (rows.length === 0) throw taken(`there is a team "${slug}" already; choose another name`);
    await ctx.db.insert(members).values({ teamId, userId, role: "owner", createdAt: ctx.now() });
    await endOldAccess(ctx, { userId, kept: session });
    await recordAudit(ctx, { action: "team.create", subject: teamId, detail: { slug, name } });
    return rows[0]!;
  });
}

/** Anybody with an account may make teams. */
async function requireRoom({ db }: Pick<Context, "db">, userId: string): Promise<void> {
  const [owned] = await db
    .select({ n: count() })
    .from(members)
    .innerJoin(teams, eq(teams.id, members.teamId))
    .where(and(eq(members.userId, userId), eq(members.role, "owner"), isNull(teams.deletedAt)));
  if (owned!.n >= MOST_OWNED)
    throw new EtalonError("conflict", `you own ${MOST_OWNED} teams: delete one before you make another`);
}

/** Its address stays, so that links go on to lead there. */
export async function renameTeam(ctx: Context, input: z.input<typeof renameTeamInput>): Promise<void> {
  authorise(ctx, "own");
  const { name } = renameTeamInput.parse(input);
  await inTransaction(ctx, async (ctx) => {
    await ctx.db.update(teams).set({ name }).where(eq(teams.id, ctx.teamId));
    await recordAudit(ctx, { action: "team.rename", subject: ctx.teamId, detail: { name } });
  });
}

/**
 * From now on nobody sees the team and its keys are refused; what it has is deleted in the background. `confirm` must
 * be its name. Errors: `invalid` for another name, `conflict` for the server's only team.
 */
export async function deleteTeam(ctx: Context, input: z.input<typeof deleteTeamInput>): Promise<void> {
  authorise(ctx, "own");
  const { confirm } = deleteTeamInput.parse(input);
  await inTransaction(ctx, async (ctx) => {
    const there = await ctx.db
      .select({ id: teams.id, name: teams.name, slug: teams.slug })
      .from(teams)
      .where(isNull(teams.deletedAt))
      .for("update");
    const team = there.find((t) => t.id === ctx.teamId);
    if (!team) throw notFound("team", ctx.teamId);
    if (confirm !== team.name) {
      const message = `to confirm, type "${team.name}"`;
      throw new EtalonError("invalid", message, [{ field: "confirm", message }]);
    }
    if (there.length === 1) throw new EtalonError("conflict", "this is the server's only team: make another one first");
    await recordAudit(ctx, {
      action: "team.delete",
      subject: ctx.teamId,
      detail: { slug: team.slug, name: team.name },
    });
    // The address is free again; the new one nobody can give a team of hers.
    await ctx.db
      .update(teams)
      .set({ deletedAt: ctx.now(), slug: query`'deleted:' || ${teams.id}` })
      .where(and(eq(teams.id, ctx.teamId), isNull(teams.deletedAt)));
  });
  forgetVerifiedKeys();
}

function slugOf(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63);
  return slug || `team-${crypto.randomUUID().slice(0, 8)}`;
}
