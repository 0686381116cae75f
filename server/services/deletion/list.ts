import { and, desc, eq, gt, or } from "drizzle-orm";
import { deletions } from "@/db/schema";
import { authorise, type Context } from "@/server/context";

const RECENT_MS = 24 * 3_600_000;

/** Deletions under way and of the last day, newest first. */
export async function listDeletions(ctx: Context) {
  authorise(ctx, "read");
  return ctx.db
    .select({
      id: deletions.id,
      label: deletions.label,
      total: deletions.total,
      done: deletions.done,
      state: deletions.state,
      error: deletions.error,
      createdAt: deletions.createdAt,
      finishedAt: deletions.finishedAt,
    })
    .from(deletions)
    .where(
      and(
        eq(deletions.teamId, ctx.teamId),
        or(eq(deletions.state, "running"), gt(deletions.createdAt, new Date(ctx.now().getTime() - RECENT_MS))),
      ),
    )
    .orderBy(desc(deletions.createdAt))
    .limit(50);
}
