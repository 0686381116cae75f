import { type LossTaking, lossTakings } from "../protocol";
import type { RunPoint } from "./run-point";

/** The columns of a stored run that the analysis reads. */
export type RunColumns = {
  id: string;
  state: string;
  diverged: boolean;
  architecture: string | null;
  parametrization: string | null;
  width: number | null;
  depth: number | null;
  paramsTotal: number | null;
  paramsNonEmbedding: number | null;
  paramsActive: number | null;
  seqLen: number | null;
  batchSeqs: number | null;
  tokens: number | null;
  peakLr: number | null;
  schedule: string | null;
  data: string | null;
  seed: number | null;
  finalLoss: number | null;
  trainTailLoss: number | null;
  trainLossQuartile?: number | null;
  lossMetric?: string | null;
  lossTaken?: string | null;
  tags?: string[];
};

/**
 * Stored runs as points, ordered by id so that equal input gives equal bits. Runs that have not finished, or have no
 * learning rate, batch or token count, cannot lie on a curve and are left out.
 */
export function runPointsOf(rows: readonly RunColumns[]): RunPoint[] {
  return [...rows]
    .sort((p, q) => (p.id < q.id ? -1 : 1))
    .flatMap((r) => {
      if (r.state !== "finished" || r.peakLr === null || r.batchSeqs === null || r.tokens === null) return [];
      return {
        runId: r.id,
        architecture: r.architecture ?? "unknown",
        parametrization: r.parametrization ?? "unknown",
        width: r.width,
        depth: r.depth,
        params: { total: r.paramsTotal, nonEmbedding: r.paramsNonEmbedding, active: r.paramsActive },
        seqLen: r.seqLen,
        batchSeqs: r.batchSeqs,
        tokens: r.tokens,
        peakLr: r.peakLr,
        schedule: r.schedule ?? "unknown",
        data: r.data,
        seed: r.seed,
        state: r.diverged ? ("diverged" as const) : ("finished" as const),
        loss: r.finalLoss,
        trainTailLoss: r.trainTailLoss,
        trainLossQuartile: r.trainLossQuartile ?? null,
        metric: r.lossMetric ?? null,
        taken: takingOf(r.lossTaken),
        ...(r.tags && r.tags.length > 0 && { tags: r.tags }),
      };
    });
}

function takingOf(text: string | null | undefined): LossTaking | null {
  return lossTakings.find((taking) => taking === text) ?? null;
}

/** Stored runs by column, each as long as `id`, with the sweeps that they belong to. */
export type LabTable = { [C in keyof LabRow]: LabRow[C][] };
type LabRow = Required<RunColumns> & { sweepId: string | null };

/** Points of a table, and the sweep of each run that has one. */
export function readLabTable(table: LabTable): { points: RunPoint[]; sweepOf: Map<string, string> } {
  const rows = table.id.map(
    (id, i): RunColumns => ({
      id,
      state: table.state[i]!,
      diverged: table.diverged[i]!,
      architecture: table.architecture[i]!,
      parametrization: table.parametrization[i]!,
      width: table.width[i]!,
      depth: table.depth[i]!,
      paramsTotal: table.paramsTotal[i]!,
      paramsNonEmbedding: table.paramsNonEmbedding[i]!,
      paramsActive: table.paramsActive[i]!,
      seqLen: table.seqLen[i]!,
      batchSeqs: table.batchSeqs[i]!,
      tokens: table.tokens[i]!,
      peakLr: table.peakLr[i]!,
      schedule: table.schedule[i]!,
      data: table.data[i]!,
      seed: table.seed[i]!,
      finalLoss: table.finalLoss[i]!,
      trainTailLoss: table.trainTailLoss[i]!,
      trainLossQuartile: table.trainLossQuartile[i]!,
      lossMetric: table.lossMetric[i]!,
      lossTaken: table.lossTaken[i]!,
      tags: table.tags[i]!,
    }),
  );
  const sweepOf = new Map(table.id.flatMap((id, i) => (table.sweepId[i] ? [[id, table.sweepId[i]!] as const] : [])));
  return { points: runPointsOf(rows), sweepOf };
}
