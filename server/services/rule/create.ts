import { count, eq } from "drizzle-orm";
import { z } from "zod";
import { COMPARISONS, metricRules } from "@/db/schema";
import { LIMITS } from "@/lib/protocol";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { inTransaction } from "@/server/transaction";
import { resolveProject } from "../project/internal";

export const createMetricRuleInput = z.strictObject({
  project: z.string().max(63),
  metric: z.string().min(1, "name the metric").max(LIMITS.nameBytes),
  comparison: z.enum(COMPARISONS),
  bound: z.number(),
});

/** Each is looked at every few seconds. */
const MOST_OF_A_PROJECT = 50;

/** From now on whoever watches is told of each run of the project whose metric goes beyond the bound, once a run. */
export async function createMetricRule(ctx: Context, input: z.input<typeof createMetricRuleInput>) {
  authorise(ctx, "write");
  const { project: slug, ...rule } = createMetricRuleInput.parse(input);
  const project = await resolveProject(ctx, slug);
  return inTransaction(ctx, async (ctx) => {
    const [known] = await ctx.db.select({ n: count() }).from(metricRules).where(eq(metricRules.projectId, project.id));
    if (known!.n >= MOST_OF_A_PROJECT)
      throw new EtalonError("conflict", `a project may have ${MOST_OF_A_PROJECT} such rules; remove one first`);
    const [made] = await ctx.db
      .insert(metricRules)
      .values({ teamId: ctx.teamId, projectId: project.id, ...rule, createdBy: userOf(ctx), createdAt: ctx.now() })
      .returning({ id: metricRules.id });
    await recordAudit(ctx, { action: "metric-rule.create", subject: made!.id, detail: { project: slug, ...rule } });
    return { id: made!.id };
  });
}
