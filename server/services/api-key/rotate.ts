import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { apiKeys, members } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { inTransaction } from "@/server/transaction";
import { ownKeys } from "./own";
import { newSecret } from "./secret";
import { refusalOf } from "./state";
import { forgetVerifiedKeys } from "./verify";

export const GRACE_HOURS = [0, 1, 24] as const;

export const rotateApiKeyInput = z.strictObject({
  id: z.uuid(),
  /** How long the secret before goes on. */
  graceHours: z.literal(GRACE_HOURS).default(24),
});

/**
 * Another secret for the same key, returned this once; the one before goes on for the grace, and one that was in its
 * grace ends. Errors: `conflict` for a key that is refused already.
 */
export async function rotateApiKey(ctx: Context, input: z.input<typeof rotateApiKeyInput>) {
  authorise(ctx, "keys");
  const { id, graceHours } = rotateApiKeyInput.parse(input);
  const { key, stored } = newSecret();
  const previousUntil = new Date(ctx.now().getTime() + graceHours * 3_600_000);
  await inTransaction(ctx, async (ctx) => {
    const [row] = await ctx.db
      .select({ key: apiKeys, role: members.role })
      .from(apiKeys)
      .leftJoin(members, and(eq(members.teamId, apiKeys.teamId), eq(members.userId, apiKeys.createdBy)))
      .where(and(ownKeys(ctx), eq(apiKeys.id, id)))
      .for("update", { of: apiKeys });
    if (!row) throw notFound("API key", id);
    const why = refusalOf({ ...row.key, role: row.role }, ctx.now());
    if (why) throw new EtalonError("conflict", `the key has no use any more: ${why}`);
    await ctx.db
      .update(apiKeys)
      .set({ ...stored, previousHash: row.key.hash, previousUntil })
      .where(eq(apiKeys.id, id));
    await recordAudit(ctx, { action: "api-key.rotate", subject: id, detail: { graceHours } });
  });
  forgetVerifiedKeys();
  return { id, key, previousUntil };
}
