import { and, eq, inArray } from "drizzle-orm";
import { recommendations } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { tell } from "../notification/internal";
import { getRecommendation } from "./get";

/** Takes a recommendation back. It stays readable, marked withdrawn. */
export async function withdrawRecommendation(ctx: Context, input: { id: string; reason: string }) {
  authorise(ctx, "write");
  const withdrawn = await inTransaction(ctx, async (ctx) => {
    const [row] = await ctx.db
      .update(recommendations)
      .set({ state: "withdrawn", changedAt: ctx.now() })
      .where(
        and(
          eq(recommendations.teamId, ctx.teamId),
          eq(recommendations.id, input.id),
          inArray(recommendations.state, ["draft", "published"]),
        ),
      )
      .returning({ projectId: recommendations.projectId });
    if (!row) return false;
    const subject = { projectId: row.projectId, recommendationId: input.id };
    await tell(ctx, { kind: "withdrawn", subject, occurrence: "once", detail: {} });
    const detail = { reason: input.reason };
    await recordAudit(ctx, { action: "recommendation.withdraw", subject: input.id, detail });
    await announce(ctx, [{ projectId: row.projectId, kind: "recommendation", id: input.id }]);
    return true;
  });
  if (withdrawn) return;
  await getRecommendation(ctx, input); // not_found where the team has none
  throw new EtalonError("conflict", "only a draft or a published recommendation can be withdrawn");
}
