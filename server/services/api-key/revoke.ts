import { and, eq, isNull } from "drizzle-orm";
import { apiKeys } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { inTransaction } from "@/server/transaction";
import { ownKeys } from "./own";
import { forgetVerifiedKeys } from "./verify";

/** From now on the key is refused; its row stays for the record. */
export async function revokeApiKey(ctx: Context, input: { id: string }): Promise<void> {
  authorise(ctx, "keys");
  await inTransaction(ctx, async (ctx) => {
    const rows = await ctx.db
      .update(apiKeys)
      .set({ revokedAt: ctx.now() })
      .where(and(ownKeys(ctx), eq(apiKeys.id, input.id), isNull(apiKeys.revokedAt)))
      .returning({ id: apiKeys.id });
    if (rows.length === 0) throw notFound("API key", input.id);
    await recordAudit(ctx, { action: "api-key.revoke", subject: input.id });
  });
  forgetVerifiedKeys();
}
