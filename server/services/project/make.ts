import { and, eq, notExists } from "drizzle-orm";
import { ZodError } from "zod";
import { fits, projects, runs, sweeps, teams } from "@/db/schema";
import { type Context, reachOf } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { createProject } from "./create";
import { resolveProject } from "./get";

/**
 * The project of a run that comes in; one that is not there is made where the team wants so and the
 * caller's key is not limited to others. For verbs that have authorised already. Errors: `not_found`, `invalid` for a name that no project can have.
 */
export async function resolveOrMakeProject(ctx: Context, slug: string) {
  try {
    return await resolveProject(ctx, slug);
  } catch (e) {
    if (!(e instanceof EtalonError) || e.code !== "not_found" || reachOf(ctx).only) throw e;
    const [team] = await ctx.db.select({ makes: teams.makesProjects }).from(teams).where(eq(teams.id, ctx.teamId));
    if (!team?.makes) throw e;
    // Two programs that begin at once make one project.
    return createProject(ctx, { name: slug, slug }).catch((made: unknown) => {
      if (made instanceof EtalonError && made.code === "conflict") return resolveProject(ctx, slug);
      if (made instanceof ZodError || (made instanceof EtalonError && made.code === "invalid")) {
        const name = `"${slug.slice(0, 100)}" is no name of a project: use lower-case letters, digits and hyphens`;
        const message = made instanceof EtalonError ? made.message : name;
        throw new EtalonError("invalid", `project: ${message}`, [{ field: "project", message }]);
      }
      throw made;
    });
  }
}

/** Takes back a project that was made for what was then refused; one that has anything in it stays. */
export async function dropEmptyProject(ctx: Context, slug: string): Promise<void> {
  const { id } = await resolveProject(ctx, slug);
  const none = [runs, sweeps, fits].map((table) =>
    notExists(ctx.db.select({ id: table.id }).from(table).where(eq(table.projectId, id))),
  );
  await ctx.db.delete(projects).where(and(eq(projects.id, id), ...none));
}
