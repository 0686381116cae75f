import { and, eq, inArray, ne } from "drizzle-orm";
import { z } from "zod";
import { projects, recommendations } from "@/db/schema";
import { FAR_LIMIT, farthest, isSameTarget, type Recommendation } from "@/lib/recommend";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { tell } from "../notification/internal";

export const publishInput = z.strictObject({
  id: z.uuid(),
  /** Why advice far beyond its data is published all the same. */
  reason: z.string().trim().max(1_000).default(""),
});

/** Publishes a draft for the team; a published one for the same target in the project is superseded by it. */
export async function publishRecommendation(ctx: Context, input: z.input<typeof publishInput>) {
  authorise(ctx, "write");
  const { id, reason } = publishInput.parse(input);
  await inTransaction(ctx, async (ctx) => {
    const draft = await lockedDraft(ctx, id);
    requireReason(draft.result as Recommendation, reason);
    const superseded = await supersede(ctx, draft);
    await ctx.db
      .update(recommendations)
      .set({ state: "published", publishReason: reason, publishedAt: ctx.now(), changedAt: ctx.now() })
      .where(eq(recommendations.id, draft.id));
    const { projectId } = draft;
    const told = (id: string) => ({ subject: { projectId, recommendationId: id }, occurrence: "once", detail: {} });
    await tell(ctx, { kind: "published", ...told(draft.id) });
    for (const { id } of superseded) await tell(ctx, { kind: "superseded", ...told(id) });
    await recordAudit(ctx, {
      action: "recommendation.publish",
      subject: draft.id,
      detail: { superseded: superseded.map((s) => s.id), reason },
    });
    await announce(ctx, [{ projectId: draft.projectId, kind: "recommendation", id: draft.id }]);
  });
}

type Row = typeof recommendations.$inferSelect;

/** The draft; whoever publishes another one of the project waits, so that each sees what the other has published. */
async function lockedDraft(ctx: Context, id: string): Promise<Row> {
  const own = and(eq(recommendations.teamId, ctx.teamId), eq(recommendations.id, id));
  const [found] = await ctx.db.select({ projectId: recommendations.projectId }).from(recommendations).where(own);
  if (!found) throw notFound("recommendation", id);
  await ctx.db.select({ id: projects.id }).from(projects).where(eq(projects.id, found.projectId)).for("no key update");
  const [draft] = await ctx.db.select().from(recommendations).where(own).for("update");
  if (!draft) throw notFound("recommendation", id);
  if (draft.state !== "draft")
    throw new EtalonError("conflict", `this recommendation is ${draft.state}; only a draft can be published`);
  return draft;
}

function requireReason(result: Recommendation, reason: string): void {
  const far = farthest(result.distances);
  const factor = far?.factor ?? result.wsd?.extrapolation.largest ?? 1;
  if (factor <= FAR_LIMIT || reason !== "") return;
  const message = `the target is ${Number(factor.toPrecision(3))} times beyond the data${far ? ` in its ${far.dimension}` : ""}; say why it is published all the same`;
  throw new EtalonError("invalid", message, [{ field: "reason", message }]);
}

/** Marks what was published for the same target. */
async function supersede(ctx: Context, draft: Row): Promise<{ id: string }[]> {
  const published = await ctx.db
    .select({ id: recommendations.id, target: recommendations.target })
    .from(recommendations)
    .where(
      and(
        eq(recommendations.teamId, ctx.teamId),
        eq(recommendations.projectId, draft.projectId),
        eq(recommendations.state, "published"),
        ne(recommendations.id, draft.id),
      ),
    );
  const same = published.filter((r) => isSameTarget(r.target, draft.target)).map((r) => r.id);
  if (same.length === 0) return [];
  return ctx.db
    .update(recommendations)
    .set({ state: "superseded", supersededBy: draft.id, changedAt: ctx.now() })
    .where(inArray(recommendations.id, same))
    .returning({ id: recommendations.id });
}
