import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { apiKeys, SCOPES } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { inTransaction } from "@/server/transaction";

export const createApiKeyInput = z.strictObject({
  name: z.string().trim().min(1, "give the key a name").max(100),
  scopes: z.array(z.enum(SCOPES)).min(1, "choose at least one scope"),
});

/** Makes a key and returns it; this is the only time it can be read. */
export async function createApiKey(ctx: Context, input: z.input<typeof createApiKeyInput>) {
  authorise(ctx, "own");
  const { name, scopes } = createApiKeyInput.parse(input);
  const key = `etl_${randomBytes(24).toString("base64url")}`;
  const createdBy = userOf(ctx);
  return inTransaction(ctx, async (ctx) => {
    const [row] = await ctx.db
      .insert(apiKeys)
      .values({
        teamId: ctx.teamId,
        name,
        scopes,
        prefix: key.slice(0, 10),
        hash: hashKey(key),
        createdBy,
        createdAt: ctx.now(),
      })
      .returning({ id: apiKeys.id });
    await recordAudit(ctx, { action: "api-key.create", subject: row!.id, detail: { name, scopes } });
    return { id: row!.id, name, scopes, key };
  });
}

/** Keys are 192 random bits, so a fast hash is enough. */
export function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
