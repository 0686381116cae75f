import { desc, eq } from "drizzle-orm";
import { apiKeys } from "@/db/schema";
import { authorise, type Context } from "@/server/context";

export async function listApiKeys(ctx: Context) {
  authorise(ctx, "own");
  return ctx.db
    .select({
      id: apiKeys.id,
      name: apiKeys.name,
      scopes: apiKeys.scopes,
      prefix: apiKeys.prefix,
      createdAt: apiKeys.createdAt,
      lastUsedAt: apiKeys.lastUsedAt,
      revokedAt: apiKeys.revokedAt,
    })
    .from(apiKeys)
    .where(eq(apiKeys.teamId, ctx.teamId))
    .orderBy(desc(apiKeys.createdAt));
}
