import { and, eq } from "drizzle-orm";
import { projects, reports, users } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { notFound } from "@/server/errors";

export async function getReport(ctx: Context, input: { id: string }) {
  authorise(ctx, "read");
  const [row] = await ctx.db
    .select({
      id: reports.id,
      title: reports.title,
      body: reports.body,
      project: projects.slug,
      author: users.name,
      createdAt: reports.createdAt,
      updatedAt: reports.updatedAt,
    })
    .from(reports)
    .innerJoin(projects, eq(projects.id, reports.projectId))
    .leftJoin(users, eq(users.id, reports.createdBy))
    .where(and(eq(reports.teamId, ctx.teamId), eq(reports.id, input.id)));
  if (!row) throw notFound("report", input.id);
  return row;
}
