import { and, desc, eq, gt, inArray, isNull, lt, notExists, or, sql } from "drizzle-orm";
import { notificationEvents, recommendations, runs, teams } from "@/db/schema";
import { type Recommendation, rateOutsidePlateau } from "@/lib/recommend";
import type { Context } from "@/server/context";
import { tell } from "../notification/internal";

/** A run may say its rate and dimensions a while after it was made. */
const LOOKED_BACK_MS = 24 * 3_600_000;
const RUNS_A_LOOK = 1_000;

/** Tells of runs made after a recommendation was published, for its target, with a rate outside its plateau. */
export async function tellRatesOutside(ctx: Context): Promise<void> {
  const published = await ctx.db
    .select({ recommendation: recommendations })
    .from(recommendations)
    .innerJoin(teams, eq(teams.id, recommendations.teamId))
    .where(and(eq(recommendations.state, "published"), isNull(teams.deletedAt)));
  for (const { recommendation } of published) await tellOf(ctx, recommendation);
}

async function tellOf(ctx: Context, r: typeof recommendations.$inferSelect): Promise<void> {
  const result = r.result as Recommendation;
  const plateau = result.wsd?.plateau;
  if (!plateau || !r.publishedAt) return;
  const since = new Date(Math.max(r.publishedAt.getTime(), ctx.now().getTime() - LOOKED_BACK_MS));
  const told = ctx.db
    .select({ one: sql`1` })
    .from(notificationEvents)
    .where(
      and(
        eq(notificationEvents.runId, runs.id),
        eq(notificationEvents.cause, sql`'rate-outside-plateau ' || ${runs.id} || ' ' || ${r.id}::text`),
      ),
    );
  const candidates = await ctx.db
    .select()
    .from(runs)
    .where(
      and(
        eq(runs.projectId, r.projectId),
        gt(runs.createdAt, since),
        inArray(runs.source, ["api", "trainer"]),
        or(lt(runs.peakLr, plateau.low), gt(runs.peakLr, plateau.high)),
        notExists(told),
      ),
    )
    .orderBy(desc(runs.createdAt))
    .limit(RUNS_A_LOOK);
  for (const run of candidates) {
    const outside = rateOutsidePlateau(result, run);
    if (!outside) continue;
    await tell(
      { ...ctx, teamId: r.teamId },
      {
        kind: "rate-outside-plateau",
        subject: { projectId: r.projectId, runId: run.id },
        occurrence: r.id,
        detail: { ...outside, recommendation: r.title },
      },
    );
  }
}
