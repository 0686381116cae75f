import { and, asc, eq } from "drizzle-orm";
import { runs } from "@/db/schema";
import type { LabTable } from "@/lib/estimate";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project";

/** What the lab reads of a run, and where it came from. */
const COLUMNS = {
  id: runs.id,
  sweepId: runs.sweepId,
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
} satisfies Record<keyof LabTable, unknown>;

/**
 * The project's finished runs as the lab needs them: JSON of a `LabTable`. By columns, as ten thousand runs are a third of
 * the text that rows would be, and as text, because the API's transformer takes longer to walk through so many values than
 * the database to find them. Values that JSON does not know are null, which is read as divergence together with `diverged`.
 */
export async function fitPoints(ctx: Context, input: { project: string }): Promise<{ text: string; at: number }> {
  authorise(ctx, "read");
  const at = Date.now();
  const rows = await labRuns(ctx, input.project);
  const columns = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];
  return { text: JSON.stringify(Object.fromEntries(columns.map((name) => [name, rows.map((row) => row[name])]))), at };
}

async function labRuns(ctx: Context, slug: string) {
  const project = await resolveProject(ctx, slug);
  return ctx.db
    .select(COLUMNS)
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.projectId, project.id), eq(runs.state, "finished")))
    .orderBy(asc(runs.id));
}
