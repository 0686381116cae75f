import { and, eq, sql } from "drizzle-orm";
import { runs } from "@/db/schema";
import { type RunPoint, runPointsOf } from "@/lib/run";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project/internal";
import { HAS_RESULT, POINT_COLUMNS } from "./columns";

/** The project's runs with a result as the science core reads them; of chosen ids where given. */
export async function runPoints(ctx: Context, input: { project: string; ids?: string[] }): Promise<RunPoint[]> {
  authorise(ctx, "read");
  const project = await resolveProject(ctx, input.project);
  const rows = await ctx.db
    .select(POINT_COLUMNS)
    .from(runs)
    .where(
      and(
        eq(runs.projectId, project.id),
        HAS_RESULT,
        // One parameter, however many there are.
        input.ids ? sql`${runs.id} = any(${`{${input.ids.join(",")}}`}::uuid[])` : undefined,
      ),
    );
  return runPointsOf(rows);
}
