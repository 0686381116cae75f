import { z } from "zod";
import { recommendationComments } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { inTransaction } from "@/server/transaction";
import { tell } from "../notification/internal";
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
    const { projectId } = await touch(ctx, id);
    const authorId = userOf(ctx);
    const [comment] = await ctx.db
      .insert(recommendationComments)
      .values({ teamId: ctx.teamId, recommendationId: id, authorId, body, createdAt: ctx.now() })
      .returning({ id: recommendationComments.id });
    const subject = { projectId, recommendationId: id };
    await tell(ctx, { kind: "commented", subject, occurrence: comment!.id, detail: {} });
    await recordAudit(ctx, { action: "recommendation.comment", subject: id });
  });
}
