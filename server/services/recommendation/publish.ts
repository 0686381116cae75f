import { and, eq, ne, sql } from "drizzle-orm";
import { recommendations } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { recordAudit } from "../audit";
import { announce } from "../event";
import { notifyWatchers } from "../notification";

/** Publishes a draft for the team; a published one for the same target in the project is superseded by it. */
export async function publishRecommendation(ctx: Context, input: { id: string }) {
  authorise(ctx, "write");
  await ctx.db.transaction(async (tx) => {
    const [draft] = await tx
      .select()
      .from(recommendations)
      .where(and(eq(recommendations.teamId, ctx.teamId), eq(recommendations.id, input.id)))
      .for("update");
    if (!draft) throw notFound("recommendation", input.id);
    if (draft.state !== "draft")
      throw new EtalonError("conflict", `this recommendation is ${draft.state}; only a draft can be published`);
    const superseded = await tx
      .update(recommendations)
      .set({ state: "superseded", supersededBy: draft.id, changedAt: ctx.now() })
      .where(
        and(
          eq(recommendations.teamId, ctx.teamId),
          eq(recommendations.projectId, draft.projectId),
          eq(recommendations.state, "published"),
          ne(recommendations.id, draft.id),
          sql`${recommendations.target}::text = ${JSON.stringify(draft.target)}`,
        ),
      )
      .returning({ id: recommendations.id });
    await tx
      .update(recommendations)
      .set({ state: "published", publishedAt: ctx.now(), changedAt: ctx.now() })
      .where(eq(recommendations.id, draft.id));
    await notifyWatchers(ctx, { recommendationId: draft.id, kind: "published" }, tx);
    for (const { id } of superseded) await notifyWatchers(ctx, { recommendationId: id, kind: "superseded" }, tx);
    await recordAudit(
      ctx,
      { action: "recommendation.publish", subject: draft.id, detail: { superseded: superseded.map((s) => s.id) } },
      tx,
    );
    await announce(tx, [{ teamId: ctx.teamId, projectId: draft.projectId, kind: "recommendation", id: draft.id }]);
  });
}
