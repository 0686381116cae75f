import { and, asc, eq, inArray } from "drizzle-orm";
import { z } from "zod";
import { members, OPEN_TO, projectMembers, projects, users } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { forgetVerifiedKeys } from "../api-key/internal";
import { resolveProject } from "./get";

const people = z.array(z.string().max(100)).max(1_000).default([]);

export const changeAccessInput = z.strictObject({
  slug: z.string(),
  openTo: z.enum(OPEN_TO).optional(),
  /** Ids of members of the team to name, and of those to name no more. */
  add: people,
  remove: people,
});

/** Who sees a project: the team, or its owners and those that are named; and whether the caller may change it. */
export async function projectAccess(ctx: Context, input: { slug: string }) {
  authorise(ctx, "read");
  const { id, openTo } = await resolveProject(ctx, input.slug);
  const named = await ctx.db
    .select({ userId: users.id, name: users.name, email: users.email, role: members.role })
    .from(projectMembers)
    .innerJoin(users, eq(users.id, projectMembers.userId))
    .innerJoin(members, and(eq(members.teamId, ctx.teamId), eq(members.userId, users.id)))
    .where(and(eq(projectMembers.teamId, ctx.teamId), eq(projectMembers.projectId, id)))
    .orderBy(asc(users.name), asc(users.id));
  const mayChange = ctx.actor.kind === "user" && ctx.actor.role === "owner";
  return { openTo, members: named, mayChange };
}

/** Says who sees a project. Errors: `not_found` for who is no member of the team. */
export async function changeAccess(ctx: Context, input: z.input<typeof changeAccessInput>): Promise<void> {
  authorise(ctx, "own");
  const { slug, openTo, add, remove } = changeAccessInput.parse(input);
  await inTransaction(ctx, async (ctx) => {
    const { id } = await resolveProject(ctx, slug);
    const project = and(eq(projects.teamId, ctx.teamId), eq(projects.id, id));
    if (openTo) await ctx.db.update(projects).set({ openTo }).where(project);
    await name(ctx, id, add);
    const named = and(eq(projectMembers.teamId, ctx.teamId), eq(projectMembers.projectId, id));
    if (remove.length > 0)
      await ctx.db.delete(projectMembers).where(and(named, inArray(projectMembers.userId, remove)));
    await recordAudit(ctx, { action: "project.access", subject: id, detail: { slug, openTo, add, remove } });
    await announce(ctx, [{ projectId: id, kind: "project", id }]);
  });
  forgetVerifiedKeys();
}

async function name(ctx: Context, projectId: string, userIds: string[]): Promise<void> {
  if (userIds.length === 0) return;
  const found = await ctx.db
    .select({ userId: members.userId })
    .from(members)
    .where(and(eq(members.teamId, ctx.teamId), inArray(members.userId, userIds)));
  const missing = userIds.find((id) => !found.some(({ userId }) => userId === id));
  if (missing !== undefined) throw notFound("member", missing);
  const rows = found.map(({ userId }) => ({ teamId: ctx.teamId, projectId, userId }));
  await ctx.db.insert(projectMembers).values(rows).onConflictDoNothing();
}
