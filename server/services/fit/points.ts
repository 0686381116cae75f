import { and, asc, eq } from "drizzle-orm";
import { runs } from "@/db/schema";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project";

/** What the lab reads of a run, and where it came from. Finite losses only: a diverged run says so in `diverged`. */
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
};

export type LabRun = Awaited<ReturnType<typeof labRuns>>[number];
type Column = keyof typeof COLUMNS;
export type LabColumns = { [C in Column]: LabRun[C][] } & { count: number };

/**
 * The project's finished runs as the lab needs them, by columns: ten thousand runs are a third of the text that rows would
 * be. Values that JSON does not know are null, which the lab reads as divergence together with `diverged`.
 */
export async function fitPoints(ctx: Context, input: { project: string }): Promise<LabColumns> {
  authorise(ctx, "read");
  const rows = await labRuns(ctx, input.project);
  const columns = Object.fromEntries(
    (Object.keys(COLUMNS) as Column[]).map((name) => [name, rows.map((row) => plain(row[name]))]),
  );
  return { ...(columns as unknown as LabColumns), count: rows.length };
}

async function labRuns(ctx: Context, slug: string) {
  const project = await resolveProject(ctx, slug);
  return ctx.db
    .select(COLUMNS)
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.projectId, project.id), eq(runs.state, "finished")))
    .orderBy(asc(runs.id));
}

function plain<T>(value: T): T | null {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}
