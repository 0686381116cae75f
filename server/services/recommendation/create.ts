import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { fits, projects, recommendations } from "@/db/schema";
import { readFitResult } from "@/lib/fit";
import { adviceOfForms, type Recommendation, recommend, recommendationTargetSchema } from "@/lib/recommend";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { transferEvidence } from "../fit/internal";
import { runPoints } from "../run";

export const createRecommendationInput = z.strictObject({
  fitId: z.uuid(),
  title: z.string().trim().min(1, "give the recommendation a title").max(200),
  note: z.string().max(5_000).default(""),
  target: recommendationTargetSchema,
});

/** Derives advice for a target from a stored fit and keeps it as a draft, with the transfer check behind it. */
export async function createRecommendation(ctx: Context, input: z.input<typeof createRecommendationInput>) {
  authorise(ctx, "write");
  const { fitId, title, note, target } = createRecommendationInput.parse(input);
  const [row] = await ctx.db
    .select({ fit: fits, project: projects.slug })
    .from(fits)
    .innerJoin(projects, eq(projects.id, fits.projectId))
    .where(and(eq(fits.teamId, ctx.teamId), eq(fits.id, fitId)));
  if (!row) throw notFound("fit", fitId);
  const fit = readFitResult(row.fit.result);
  const evidence = await transferEvidence(ctx, { project: row.project, fit });
  const result = recommend(fit, target, evidence);
  if (!result || (!result.wsd && !result.power)) {
    const why = result?.missing.join(" ") ?? "this fit is not a law of the learning rate";
    throw new EtalonError("invalid", `no recommendation for this target: ${why}`, [{ field: "target", message: why }]);
  }
  requireBaseWidth(result);
  const runs = await runPoints(ctx, { project: row.project, ids: fit.runIds });
  result.forms = adviceOfForms(runs, fit, result.target);
  const createdBy = userOf(ctx);
  return inTransaction(ctx, async (ctx) => {
    const [made] = await ctx.db
      .insert(recommendations)
      .values({
        teamId: ctx.teamId,
        projectId: row.fit.projectId,
        fitId,
        title,
        note,
        target: result.target,
        result,
        evidence,
        createdBy,
        createdAt: ctx.now(),
      })
      .returning({ id: recommendations.id });
    await recordAudit(ctx, { action: "recommendation.create", subject: made!.id, detail: { title, fitId } });
    await announce(ctx, [{ projectId: row.fit.projectId, kind: "recommendation", id: made!.id }]);
    return { id: made!.id };
  });
}

/** Under muP the base rate is one of a width: without it no rate of a wider model follows. */
function requireBaseWidth({ target }: Recommendation): void {
  if (target.parametrization !== "mup" || target.baseWidth !== null) return;
  const message = "the runs of this fit do not say one base width, so give the width that their rates are for";
  throw new EtalonError("invalid", `no recommendation for this target: ${message}`, [
    { field: "target.baseWidth", message },
  ]);
}
