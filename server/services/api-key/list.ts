import { and, asc, count, desc, eq, ilike, inArray, isNotNull, or, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { apiKeys, members, projects, users } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { ownKeys } from "./own";
import { stateOf } from "./state";

/** Every key that the caller may see, the newest first. */
export async function listApiKeys(ctx: Context) {
  authorise(ctx, "keys");
  return shown(ctx, await rowsOf(ctx, ownKeys(ctx)));
}

const KEYS_A_PAGE = 50;
/** `text` is part of a name, or what a key begins with; `skip` of those that it finds are left out. */
export const findApiKeysInput = z.strictObject({
  text: z.string().max(100).default(""),
  skip: z.int().min(0).max(1_000_000).default(0),
});

/** A page of them, revoked ones last, the newest first; and how many there are. */
export async function findApiKeys(ctx: Context, input: z.input<typeof findApiKeysInput>) {
  authorise(ctx, "keys");
  const { text, skip } = findApiKeysInput.parse(input);
  const sought = text.trim();
  const like = `%${sought.replace(/[\\%_]/g, "\\$&")}%`;
  const where = and(
    ownKeys(ctx),
    sought === "" ? undefined : or(ilike(apiKeys.name, like), sql`starts_with(${apiKeys.prefix}, ${sought})`),
  )!;
  const [rows, counted] = await Promise.all([
    rowsOf(ctx, where).limit(KEYS_A_PAGE).offset(skip),
    ctx.db.select({ n: count() }).from(apiKeys).where(where),
  ]);
  return { keys: await shown(ctx, rows), total: counted[0]!.n };
}

function rowsOf(ctx: Context, where: SQL) {
  return ctx.db
    .select({ key: apiKeys, role: members.role, maker: users.name })
    .from(apiKeys)
    .leftJoin(members, and(eq(members.teamId, apiKeys.teamId), eq(members.userId, apiKeys.createdBy)))
    .leftJoin(users, eq(users.id, apiKeys.createdBy))
    .where(where)
    .orderBy(isNotNull(apiKeys.revokedAt), desc(apiKeys.createdAt), asc(apiKeys.id));
}

async function shown(ctx: Context, rows: Awaited<ReturnType<typeof rowsOf>>) {
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
