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

/** Stored runs by column, with the sweeps that they belong to. A column that says the same of all runs has one entry. */
export type LabTable = { [C in keyof LabRow]: LabRow[C][] };
type LabRow = Required<RunColumns> & { sweepId: string | null };

/** Points of a table, and the sweep of each run that has one. */
export function readLabTable(table: LabTable): { points: RunPoint[]; sweepOf: Map<string, string> } {
  const at = <T>(column: readonly T[], i: number): T => column[column.length === 1 ? 0 : i]!;
  const rows = table.id.map(
    (id, i): RunColumns => ({
      id,
      state: at(table.state, i),
      diverged: at(table.diverged, i),
      architecture: at(table.architecture, i),
      parametrization: at(table.parametrization, i),
      width: at(table.width, i),
      depth: at(table.depth, i),
      paramsTotal: at(table.paramsTotal, i),
      paramsNonEmbedding: at(table.paramsNonEmbedding, i),
      paramsActive: at(table.paramsActive, i),
      seqLen: at(table.seqLen, i),
      batchSeqs: at(table.batchSeqs, i),
      tokens: at(table.tokens, i),
      peakLr: at(table.peakLr, i),
      schedule: at(table.schedule, i),
      data: at(table.data, i),
      seed: at(table.seed, i),
      finalLoss: at(table.finalLoss, i),
      trainTailLoss: at(table.trainTailLoss, i),
      trainLossQuartile: at(table.trainLossQuartile, i),
      lossMetric: at(table.lossMetric, i),
      lossTaken: at(table.lossTaken, i),
      tags: at(table.tags, i),
    }),
  );
  const sweepOf = new Map<string, string>();
  table.id.forEach((id, i) => {
    const sweep = at(table.sweepId, i);
    if (sweep) sweepOf.set(id, sweep);
  });
  return { points: runPointsOf(rows), sweepOf };
}
