import { and, eq } from "drizzle-orm";
import { apiKeys } from "@/db/schema";
import type { TransactionContext } from "@/server/transaction";

/** Ends a person's own keys with her membership, for good: also if she comes back. How many they are. */
export async function endKeysOf(ctx: TransactionContext, userId: string): Promise<number> {
  const ended = await ctx.db
    .update(apiKeys)
    .set({ createdBy: null })
    .where(and(eq(apiKeys.teamId, ctx.teamId), eq(apiKeys.createdBy, userId), eq(apiKeys.service, false)))
    .returning({ id: apiKeys.id });
  return ended.length;
}
