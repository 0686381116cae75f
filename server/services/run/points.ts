import { and, eq, inArray } from "drizzle-orm";
import { runs } from "@/db/schema";
import { type RunPoint, runPointsOf } from "@/lib/estimate";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project";

/** The project's finished runs as the science core reads them; of chosen ids where given. */
export async function runPoints(ctx: Context, input: { project: string; ids?: string[] }): Promise<RunPoint[]> {
  authorise(ctx, "read");
  const project = await resolveProject(ctx, input.project);
  const rows = await ctx.db
    .select()
    .from(runs)
    .where(
      and(
        eq(runs.projectId, project.id),
        eq(runs.state, "finished"),
        input.ids ? inArray(runs.id, input.ids) : undefined,
      ),
    );
  return runPointsOf(rows);
}
