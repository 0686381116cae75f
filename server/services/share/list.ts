import { and, desc, eq } from "drizzle-orm";
import { sharedLinks, users } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import type { Shareable } from "./what";

/** The addresses that a recommendation or a report has, the newest first; those that have ended too. */
export async function listSharedLinks(ctx: Context, { kind, id }: Shareable) {
  authorise(ctx, "read");
  const column = kind === "report" ? sharedLinks.reportId : sharedLinks.recommendationId;
  return ctx.db
    .select({
      id: sharedLinks.id,
      key: sharedLinks.key,
      people: sharedLinks.people,
      author: users.name,
      createdAt: sharedLinks.createdAt,
      expiresAt: sharedLinks.expiresAt,
    })
    .from(sharedLinks)
    .leftJoin(users, eq(users.id, sharedLinks.createdBy))
    .where(and(eq(sharedLinks.teamId, ctx.teamId), eq(column, id)))
    .orderBy(desc(sharedLinks.createdAt));
}
