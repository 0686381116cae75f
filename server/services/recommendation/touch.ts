import { and, eq } from "drizzle-orm";
import { recommendations } from "@/db/schema";
import type { Context } from "@/server/context";
import { notFound } from "@/server/errors";
import { announce } from "@/server/event";

/** Marks a recommendation as changed, for its watchers; `not_found` unless it is the team's. */
export async function touch(
  ctx: Context,
  id: string,
  set: Partial<typeof recommendations.$inferInsert> = {},
): Promise<typeof recommendations.$inferSelect> {
  const [row] = await ctx.db
    .update(recommendations)
    .set({ ...set, changedAt: ctx.now() })
    .where(and(eq(recommendations.teamId, ctx.teamId), eq(recommendations.id, id)))
    .returning();
  if (!row) throw notFound("recommendation", id);
  await announce(ctx, [{ projectId: row.projectId, kind: "recommendation", id }]);
  return row;
}
