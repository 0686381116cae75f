import { and, eq, inArray, isNull } from "drizzle-orm";
import { z } from "zod";
import { notifications } from "@/db/schema";
import { authorise, type Context } from "@/server/context";

export const readNotificationsInput = z.strictObject({
  /** Left out: all. */
  ids: z.array(z.uuid()).min(1).max(1_000).optional(),
});

/** Marks the reader's own entries as read; those of others are as good as absent. Resolves to how many were unread. */
export async function readNotifications(ctx: Context, input: z.input<typeof readNotificationsInput>) {
  authorise(ctx, "read");
  const { ids } = readNotificationsInput.parse(input);
  if (ctx.actor.kind !== "user") return { read: 0 };
  const rows = await ctx.db
    .update(notifications)
    .set({ readAt: ctx.now() })
    .where(
      and(
        eq(notifications.teamId, ctx.teamId),
        eq(notifications.userId, ctx.actor.userId),
        isNull(notifications.readAt),
        ids ? inArray(notifications.id, ids) : undefined,
      ),
    )
    .returning({ id: notifications.id });
  return { read: rows.length };
}
