import { and, eq } from "drizzle-orm";
import { recommendations } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { inTransaction } from "@/server/transaction";
import { touch } from "./touch";

/** Gives a published recommendation an address that anyone may read without signing in, or takes it away for good. */
export async function shareRecommendation(ctx: Context, input: { id: string; shared: boolean }) {
  authorise(ctx, "write");
  return inTransaction(ctx, async (ctx) => {
    const [row] = await ctx.db
      .select({ state: recommendations.state, publicKey: recommendations.publicKey })
      .from(recommendations)
      .where(and(eq(recommendations.teamId, ctx.teamId), eq(recommendations.id, input.id)));
    if (!row) throw notFound("recommendation", input.id);
    if (input.shared && row.state === "draft")
      throw new EtalonError("conflict", "a draft is nobody's advice yet; publish it before giving it a public address");
    const publicKey = input.shared ? (row.publicKey ?? newKey()) : null;
    if (publicKey !== row.publicKey) {
      await touch(ctx, input.id, { publicKey });
      await recordAudit(ctx, {
        action: input.shared ? "recommendation.share" : "recommendation.unshare",
        subject: input.id,
      });
    }
    return { publicKey };
  });
}

/** 192 random bits: an address that cannot be guessed. */
function newKey(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64url");
}
