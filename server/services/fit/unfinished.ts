import { and, eq, inArray, isNotNull, not } from "drizzle-orm";
import { runs } from "@/db/schema";
import { type RunPoint, runPointsOf } from "@/lib/run";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project/internal";
import { HAS_RESULT, POINT_COLUMNS } from "../run/internal";

/**
 * The project's runs that have a rate, batch and length but no result: queued, running, failed or stopped; of those that
 * are `open`, the first two alone.
 */
export async function unfinishedRuns(ctx: Context, input: { project: string; open?: boolean }): Promise<RunPoint[]> {
  authorise(ctx, "read");
  const project = await resolveProject(ctx, input.project);
  const rows = await ctx.db
    .select(POINT_COLUMNS)
    .from(runs)
    .where(
      and(
        ...[eq(runs.teamId, ctx.teamId), eq(runs.projectId, project.id), isNotNull(runs.peakLr), not(HAS_RESULT!)],
        input.open ? inArray(runs.state, ["queued", "running"]) : undefined,
      ),
    );
  return runPointsOf(rows.map((row) => ({ ...row, state: "finished", diverged: false, finalLoss: null })));
}
