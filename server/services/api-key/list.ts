import { and, desc, eq, inArray } from "drizzle-orm";
import { apiKeys, members, projects, users } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { ownKeys } from "./own";
import { stateOf } from "./state";

/** The newest first. */
export async function listApiKeys(ctx: Context) {
  authorise(ctx, "keys");
  const rows = await ctx.db
    .select({ key: apiKeys, role: members.role, maker: users.name })
    .from(apiKeys)
    .leftJoin(members, and(eq(members.teamId, apiKeys.teamId), eq(members.userId, apiKeys.createdBy)))
    .leftJoin(users, eq(users.id, apiKeys.createdBy))
    .where(ownKeys(ctx))
    .orderBy(desc(apiKeys.createdAt));
  const slugs = await slugsOf(
    ctx,
    rows.flatMap(({ key }) => key.projects ?? []),
  );
  const now = ctx.now();
  return rows.map(({ key, role, maker }) => {
    const { id, name, scopes, prefix, service, requestsPerMinute, createdAt, lastUsedAt, expiresAt, revokedAt } = key;
    return {
      ...{ id, name, scopes, prefix, service, requestsPerMinute, maker },
      ...{ createdAt, lastUsedAt, expiresAt, revokedAt },
      state: stateOf({ ...key, role }, now),
      /** Slugs of those that are still there; null for all. */
      projects: key.projects?.flatMap((id) => slugs.get(id) ?? []).sort() ?? null,
      /** Until when the secret before the last rotation goes on. */
      previousUntil: key.previousUntil && key.previousUntil > now ? key.previousUntil : null,
    };
  });
}

async function slugsOf(ctx: Context, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await ctx.db
    .select({ id: projects.id, slug: projects.slug })
    .from(projects)
    .where(and(eq(projects.teamId, ctx.teamId), inArray(projects.id, ids)));
  return new Map(rows.map((r) => [r.id, r.slug]));
}
