import { and, eq, sql } from "drizzle-orm";
import { runs } from "@/db/schema";
import { type RunColumns, type RunPoint, runPointsOf } from "@/lib/estimate";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project/internal";

/** The columns that the analysis reads; configs are left where they are. */
export const POINT_COLUMNS = {
  id: runs.id,
  state: runs.state,
  diverged: runs.diverged,
  architecture: runs.architecture,
  parametrization: runs.parametrization,
  width: runs.width,
  depth: runs.depth,
  paramsTotal: runs.paramsTotal,
  paramsNonEmbedding: runs.paramsNonEmbedding,
  paramsActive: runs.paramsActive,
  seqLen: runs.seqLen,
  batchSeqs: runs.batchSeqs,
  tokens: runs.tokens,
  peakLr: runs.peakLr,
  schedule: runs.schedule,
  data: runs.data,
  seed: runs.seed,
  finalLoss: runs.finalLoss,
  trainTailLoss: runs.trainTailLoss,
  trainLossQuartile: runs.trainLossQuartile,
  lossMetric: runs.lossMetric,
  lossTaken: runs.lossTaken,
  tags: runs.tags,
} satisfies Record<keyof Required<RunColumns>, unknown>;

/** The project's finished runs as the science core reads them; of chosen ids where given. */
export async function runPoints(ctx: Context, input: { project: string; ids?: string[] }): Promise<RunPoint[]> {
  authorise(ctx, "read");
  const project = await resolveProject(ctx, input.project);
  const rows = await ctx.db
    .select(POINT_COLUMNS)
    .from(runs)
    .where(
      and(
        eq(runs.projectId, project.id),
        eq(runs.state, "finished"),
        // One parameter, however many there are.
        input.ids ? sql`${runs.id} = any(${`{${input.ids.join(",")}}`}::uuid[])` : undefined,
      ),
    );
  return runPointsOf(rows);
}
