import { z } from "zod";
import { recommendationComments } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { inTransaction } from "@/server/transaction";
import { notifyWatchers } from "../notification/internal";
import { touch } from "./touch";

export const commentInput = z.strictObject({
  id: z.uuid(),
  body: z.string().trim().min(1, "write something").max(5_000),
});

/** Adds a comment; comments are never changed. */
export async function commentOnRecommendation(ctx: Context, input: z.input<typeof commentInput>) {
  authorise(ctx, "write");
  const { id, body } = commentInput.parse(input);
  await inTransaction(ctx, async (ctx) => {
    await touch(ctx, id);
    const authorId = userOf(ctx);
    await ctx.db
      .insert(recommendationComments)
      .values({ teamId: ctx.teamId, recommendationId: id, authorId, body, createdAt: ctx.now() });
    await notifyWatchers(ctx, { recommendationId: id, kind: "commented" });
    await recordAudit(ctx, { action: "recommendation.comment", subject: id });
  });
}
