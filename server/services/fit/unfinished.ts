import { and, eq, isNotNull, not } from "drizzle-orm";
import { runs } from "@/db/schema";
import { type RunPoint, runPointsOf } from "@/lib/run";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project/internal";
import { HAS_RESULT, POINT_COLUMNS } from "../run/internal";

/** The project's runs that have a rate, batch and length but no result: queued, running, failed or stopped. */
export async function unfinishedRuns(ctx: Context, input: { project: string }): Promise<RunPoint[]> {
  authorise(ctx, "read");
  const project = await resolveProject(ctx, input.project);
  const rows = await ctx.db
    .select(POINT_COLUMNS)
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.projectId, project.id), isNotNull(runs.peakLr), not(HAS_RESULT!)));
  return runPointsOf(rows.map((row) => ({ ...row, state: "finished", diverged: false, finalLoss: null })));
}
