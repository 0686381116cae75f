import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { apiKeys } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { inTransaction } from "@/server/transaction";
import { forgetVerifiedKeys } from "./verify";

export const requestsPerMinute = z.number().int().min(1).max(10_000_000);

export const limitApiKeyInput = z.strictObject({ id: z.uuid(), requestsPerMinute });

/** How many requests a minute the key may send to one server. */
export async function limitApiKey(ctx: Context, input: z.input<typeof limitApiKeyInput>): Promise<void> {
  authorise(ctx, "own");
  const { id, ...set } = limitApiKeyInput.parse(input);
  await inTransaction(ctx, async (ctx) => {
    const rows = await ctx.db
      .update(apiKeys)
      .set(set)
      .where(and(eq(apiKeys.teamId, ctx.teamId), eq(apiKeys.id, id)))
      .returning({ id: apiKeys.id });
    if (rows.length === 0) throw notFound("API key", id);
    await recordAudit(ctx, { action: "api-key.limit", subject: id, detail: set });
  });
  forgetVerifiedKeys();
}
