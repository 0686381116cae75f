import { type Dimension, type Dimensions, type DimensionValue, eachDimension } from "./dimensions";
import { lossTakings } from "./loss";

/** What a run must have to lie on a curve; unknown words are "unknown". */
type Placed = {
  [D in "peakLr" | "batchSeqs" | "tokens" | "architecture" | "parametrization" | "schedule"]: DimensionValue<D>;
};
/** Null where unknown; every other dimension may be left out for that. */
type Described = Pick<
  Dimensions,
  "width" | "depth" | "paramsNonEmbedding" | "paramsTotal" | "paramsActive" | "seqLen" | "data" | "seed" | "finalLoss"
>;

/**
 * One finished (or diverged) run as the analysis sees it. The losses are null or NaN where there is none.
 * `trainLossQuartile` is the first quartile of the run's own training loss.
 */
export type RunPoint = {
  runId: string;
  state: "finished" | "diverged";
  trainLossQuartile?: number | null;
  /** Words that people gave the run; they choose runs, and no curve depends on them. */
  tags?: readonly string[];
} & Placed &
  Described &
  Partial<Omit<Dimensions, keyof Placed | keyof Described>>;

/** The columns of a stored run that the analysis reads. */
export type RunColumns = Stored & { [D in Dimension]: Dimensions[D] | (D extends "lossTaken" ? string : never) };
type Stored = {
  id: string;
  state: string;
  diverged: boolean;
  trainLossQuartile: number | null;
  tags: string[];
};

type Partially<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

/** Each column that the analysis reads, by `column`. */
export function runColumns<T>(column: (name: keyof RunColumns) => T): Record<keyof RunColumns, T> {
  const stored = ["id", "state", "diverged", "trainLossQuartile", "tags"] as const;
  return {
    ...(Object.fromEntries(stored.map((name) => [name, column(name)])) as Record<keyof Stored, T>),
    ...eachDimension(column),
  };
}

/**
 * Stored runs as points, ordered by id so that equal input gives equal bits. Runs that have not finished, or have no
 * learning rate, batch or token count, cannot lie on a curve and are left out.
 */
export function runPointsOf(rows: readonly Partially<RunColumns, "trainLossQuartile">[]): RunPoint[] {
  return [...rows]
    .sort((p, q) => (p.id < q.id ? -1 : 1))
    .flatMap(({ id, state, diverged, tags, ...row }) => {
      const { peakLr, batchSeqs, tokens } = row;
      if (state !== "finished" || peakLr === null || batchSeqs === null || tokens === null) return [];
      return {
        ...row,
        runId: id,
        peakLr,
        batchSeqs,
        tokens,
        architecture: row.architecture ?? "unknown",
        parametrization: row.parametrization ?? "unknown",
        schedule: row.schedule ?? "unknown",
        state: diverged ? ("diverged" as const) : ("finished" as const),
        lossTaken: lossTakings.find((taking) => taking === row.lossTaken) ?? null,
        ...(tags.length > 0 && { tags }),
      };
    });
}

/** Stored runs by column, with the sweeps that they belong to. A column that says the same of all runs has one entry. */
export type LabTable = { [C in keyof LabRow]: LabRow[C][] };
type LabRow = RunColumns & { sweepId: string | null };

/** Points of a table, and the sweep of each run that has one. */
export function readLabTable({ sweepId, ...table }: LabTable): { points: RunPoint[]; sweepOf: Map<string, string> } {
  const at = <T>(column: readonly T[], i: number): T => column[column.length === 1 ? 0 : i]!;
  const rows = table.id.map((_, i) => runColumns((name) => at<unknown>(table[name], i)) as RunColumns);
  const sweepOf = new Map<string, string>();
  table.id.forEach((id, i) => {
    const sweep = at(sweepId, i);
    if (sweep) sweepOf.set(id, sweep);
  });
  return { points: runPointsOf(rows), sweepOf };
}
