import { createRunSchema, finishRunSchema } from "@/lib/protocol";
import { saveFit } from "@/server/services/fit";
import { createRun, finishRun } from "@/server/services/run";
import { quickstartRuns } from "../golden/read-data";
import type { Person } from "./product";

/**
 * The finished runs of a recorded quickstart sweep (two sizes, five batches, four lengths), entered as an own
 * program's.
 */
export async function recordedRuns(owner: Person, project: string): Promise<void> {
  const entered = quickstartRuns("quickstart-a.csv").map(async (r) => {
    const { paramsTotal, paramsNonEmbedding, paramsActive } = {
      paramsTotal: r.paramsTotal!,
      paramsNonEmbedding: r.paramsNonEmbedding!,
      paramsActive: r.paramsActive!,
    };
    const { width, depth, batchSeqs, seqLen, tokens, peakLr, schedule, architecture, parametrization, data, seed } = r;
    const dimensions = {
      width,
      depth,
      batchSeqs,
      seqLen,
      tokens,
      peakLr,
      schedule,
      architecture,
      parametrization,
      data,
      seed,
    };
    const made = await createRun(
      owner,
      createRunSchema.parse({ project, dimensions: { ...dimensions, paramsTotal, paramsNonEmbedding, paramsActive } }),
    );
    const diverged = r.state === "diverged";
    const result = {
      state: "finished",
      diverged,
      finalLoss: r.finalLoss ?? "NaN",
      trainTailLoss: r.trainTailLoss ?? null,
    };
    await finishRun(owner, { ...finishRunSchema.parse(result), runId: made.id });
  });
  await Promise.all(entered);
}

/** A law fitted through the recorded runs and saved in the project. */
export async function lawIn(owner: Person, project: string): Promise<{ fitId: string }> {
  await recordedRuns(owner, project);
  const fit = await saveFit(owner, { project, name: "Law", settings: { form: "power-free" } });
  return { fitId: fit.id };
}
