import { and, eq } from "drizzle-orm";
import { fits, recommendations } from "@/db/schema";
import { type FitResult, type FitSettings, readFitResult } from "@/lib/fit";
import { type Recommendation, recommend, type TransferSummary } from "@/lib/recommend";
import type { RunPoint } from "@/lib/run";
import type { Context } from "@/server/context";
import { computed } from "../compute";
import { tell } from "../notification/internal";

/**
 * Tells of published recommendations for whose target the law of today, by the settings of the fit behind them, says a
 * rate outside the interval that was published: once to each side.
 */
export async function tellMovedLaws(ctx: Context, project: { id: string }, points: RunPoint[]): Promise<void> {
  const rows = await ctx.db
    .select({ recommendation: recommendations, fit: fits.result })
    .from(recommendations)
    .innerJoin(fits, eq(fits.id, recommendations.fitId))
    .where(and(eq(recommendations.projectId, project.id), eq(recommendations.state, "published")));
  const today = new Map<string, FitResult>();
  for (const { recommendation: r, fit } of rows) {
    const published = (r.result as Recommendation).wsd;
    const interval = published?.interval ?? published?.confidence;
    if (!published || !interval) continue;
    const settings: FitSettings = { ...readFitResult(fit).settings, bootstrap: 0 };
    const known = JSON.stringify(settings);
    const law = today.get(known) ?? (await computed("fitLaw", points, settings));
    today.set(known, law);
    const { target } = r.result as Recommendation;
    const rate = recommend(law, target, (r.evidence ?? []) as TransferSummary[])?.wsd?.peakLr ?? null;
    if (rate === null || (interval.low <= rate && rate <= interval.high)) continue;
    await tell(ctx, {
      kind: "law-moved",
      subject: { projectId: project.id, recommendationId: r.id },
      occurrence: rate < interval.low ? "below" : "above",
      detail: { rate, published: published.peakLr, low: interval.low, high: interval.high },
    });
  }
}
