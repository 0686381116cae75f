import { and, eq } from "drizzle-orm";
import { projects } from "@/db/schema";
import { authorise, type Context, reaches } from "@/server/context";
import { notFound } from "@/server/errors";

export async function getProject(ctx: Context, input: { slug: string }) {
  authorise(ctx, "read");
  return resolveProject(ctx, input.slug);
}

/**
 * The team's project with this slug, if the caller's key reaches it; without an authorisation of its own: for verbs that
 * have authorised already.
 */
export async function resolveProject(ctx: Context, slug: string) {
  const [row] = await ctx.db
    .select()
    .from(projects)
    .where(and(eq(projects.teamId, ctx.teamId), eq(projects.slug, slug)));
  if (!row || !reaches(ctx, row.id)) throw notFound("project", slug);
  return row;
}
