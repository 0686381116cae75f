import { asc, eq } from "drizzle-orm";
import { metricRules, projects, users } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project/internal";

/** The bounds of a project's metrics. */
export async function listMetricRules(ctx: Context, input: { project: string }) {
  authorise(ctx, "read");
  const project = await resolveProject(ctx, input.project);
  const { id, metric, comparison, bound, createdAt } = metricRules;
  return ctx.db
    .select({ id, metric, comparison, bound, createdAt, project: projects.slug, maker: users.name })
    .from(metricRules)
    .innerJoin(projects, eq(projects.id, metricRules.projectId))
    .leftJoin(users, eq(users.id, metricRules.createdBy))
    .where(eq(metricRules.projectId, project.id))
    .orderBy(asc(createdAt), asc(id));
}
