import { desc, eq, sql } from "drizzle-orm";
import { projects, recommendations, runs, sweeps } from "@/db/schema";
import { authorise, type Context } from "@/server/context";

/** The team's projects with how many runs, sweeps and published recommendations each has. */
export async function listProjects(ctx: Context) {
  authorise(ctx, "read");
  return ctx.db
    .select({
      id: projects.id,
      slug: projects.slug,
      name: projects.name,
      question: projects.question,
      createdAt: projects.createdAt,
      runs: sql<number>`(select count(*) from ${runs} where ${runs.projectId} = ${projects.id})`.mapWith(Number),
      running:
        sql<number>`(select count(*) from ${runs} where ${runs.projectId} = ${projects.id} and ${runs.state} = 'running')`.mapWith(
          Number,
        ),
      sweeps: sql<number>`(select count(*) from ${sweeps} where ${sweeps.projectId} = ${projects.id})`.mapWith(Number),
      published:
        sql<number>`(select count(*) from ${recommendations} where ${recommendations.projectId} = ${projects.id} and ${recommendations.state} = 'published')`.mapWith(
          Number,
        ),
    })
    .from(projects)
    .where(eq(projects.teamId, ctx.teamId))
    .orderBy(desc(projects.createdAt));
}
