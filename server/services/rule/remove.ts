import { and, eq } from "drizzle-orm";
import { metricRules } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { inTransaction } from "@/server/transaction";

export async function removeMetricRule(ctx: Context, input: { id: string }): Promise<void> {
  authorise(ctx, "write");
  await inTransaction(ctx, async (ctx) => {
    const [row] = await ctx.db
      .delete(metricRules)
      .where(and(eq(metricRules.teamId, ctx.teamId), eq(metricRules.id, input.id)))
      .returning({ metric: metricRules.metric, comparison: metricRules.comparison, bound: metricRules.bound });
    if (!row) throw notFound("metric rule", input.id);
    await recordAudit(ctx, { action: "metric-rule.remove", subject: input.id, detail: row });
  });
}
