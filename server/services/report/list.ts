import { and, desc, eq } from "drizzle-orm";
import { reports, users } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project/internal";

/** The project's reports, last changed first, without their text. */
export async function listReports(ctx: Context, input: { project: string }) {
  authorise(ctx, "read");
  const project = await resolveProject(ctx, input.project);
  return ctx.db
    .select({ id: reports.id, title: reports.title, author: users.name, updatedAt: reports.updatedAt })
    .from(reports)
    .leftJoin(users, eq(users.id, reports.createdBy))
    .where(and(eq(reports.teamId, ctx.teamId), eq(reports.projectId, project.id)))
    .orderBy(desc(reports.updatedAt));
}
