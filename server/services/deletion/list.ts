import { and, desc, eq, exists, gt, or } from "drizzle-orm";
import { deletions, projects } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { inReach } from "../project/internal";

const RECENT_MS = 24 * 3_600_000;

/** Deletions under way and of the last day, newest first. */
export async function listDeletions(ctx: Context) {
  authorise(ctx, "read");
  const itsProject = ctx.db.select({ id: projects.id }).from(projects).where(eq(projects.id, deletions.projectId));
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
        inReach(ctx, deletions.projectId),
        // Who was named in a project is gone with it.
        isOwner(ctx) ? undefined : or(eq(deletions.openTo, "team"), exists(itsProject)),
        or(eq(deletions.state, "running"), gt(deletions.createdAt, new Date(ctx.now().getTime() - RECENT_MS))),
      ),
    )
    .orderBy(desc(deletions.createdAt))
    .limit(50);
}

const isOwner = ({ actor }: Context) => actor.kind === "user" && actor.role === "owner";
