import { z } from "zod";
import { recommendationComments } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { recordAudit } from "../audit";
import { notifyWatchers } from "../notification";
import { touch } from "./touch";

export const commentInput = z.strictObject({
  id: z.uuid(),
  body: z.string().trim().min(1, "write something").max(5_000),
});

/** Adds a comment; comments are never changed. */
export async function commentOnRecommendation(ctx: Context, input: z.input<typeof commentInput>) {
  authorise(ctx, "write");
  const { id, body } = commentInput.parse(input);
  await ctx.db.transaction(async (tx) => {
    await touch({ ...ctx, db: tx }, id);
    const authorId = ctx.actor.kind === "user" ? ctx.actor.userId : null;
    await tx
      .insert(recommendationComments)
      .values({ teamId: ctx.teamId, recommendationId: id, authorId, body, createdAt: ctx.now() });
    await notifyWatchers(ctx, { recommendationId: id, kind: "commented" }, tx);
    await recordAudit(ctx, { action: "recommendation.comment", subject: id }, tx);
  });
}
