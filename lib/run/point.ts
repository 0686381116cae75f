import {
  choiceDimensions,
  type Dimension,
  type Dimensions,
  type DimensionValue,
  dimensionNames,
  dimensions,
} from "./dimensions";

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
export type RunColumns = Stored & {
  [D in Dimension]: Dimensions[D] | (DimensionValue<D> extends string ? string : never);
};
type Stored = {
  id: string;
  state: string;
  diverged: boolean;
  trainLossQuartile: number | null;
  tags: string[];
};

type Partially<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

const columns = ["id", "state", "diverged", "trainLossQuartile", "tags", ...dimensionNames] as const;

/** Each column that the analysis reads, by `column`. */
export function runColumns<T>(column: (name: keyof RunColumns) => T): Record<keyof RunColumns, T> {
  const row: Partial<Record<keyof RunColumns, T>> = {};
  for (const name of columns) row[name] = column(name);
  return row as Record<keyof RunColumns, T>;
}

/**
 * Stored runs as points, ordered by id so that equal input gives equal bits. Runs that have neither finished nor
 * diverged, or have no learning rate, batch or token count, cannot lie on a curve and are left out.
 */
export function runPointsOf(rows: readonly Partially<RunColumns, "trainLossQuartile">[]): RunPoint[] {
  const ordered = [...rows].sort((p, q) => (p.id < q.id ? -1 : 1));
  return ordered.flatMap((row) => {
    const point = { ...BLANK };
    for (const name of dimensionNames) point[name] = row[name] ?? null;
    return isPoint(point, row) ? (point as RunPoint) : [];
  });
}

type Draft = Record<Dimension, unknown> & Omit<Partial<RunPoint>, Dimension>;

/** Every point begins as a copy of one object, so that all are of one shape: tens of thousands are made at a time. */
const BLANK: Draft = {
  runId: "",
  ...(Object.fromEntries(dimensionNames.map((name) => [name, null])) as Dimensions),
  state: "finished",
  trainLossQuartile: null,
};

/** Whether a draft that has its dimensions can lie on a curve; gives it the rest, and known words for unknown ones. */
function isPoint(draft: Draft, run: Partially<Stored, "trainLossQuartile">): boolean {
  // A program that died of its NaN has a result too.
  const died = run.diverged && (run.state === "failed" || run.state === "crashed");
  if (run.state !== "finished" && !died) return false;
  if (draft.peakLr === null || draft.batchSeqs === null || draft.tokens === null) return false;
  draft.runId = run.id;
  if (run.diverged) draft.state = "diverged";
  draft.trainLossQuartile = run.trainLossQuartile ?? null;
  draft.architecture ??= "unknown";
  draft.parametrization ??= "unknown";
  draft.schedule ??= "unknown";
  // What is no choice, an older or a newer version has written.
  for (const name of choiceDimensions)
    if (draft[name] !== null) draft[name] = dimensions[name].choices.find((c) => c === draft[name]) ?? null;
  if (run.tags.length > 0) draft.tags = run.tags;
  return true;
}

/**
 * Stored runs by column, with the sweeps that they belong to. A column that says the same of all runs has one entry.
 */
export type LabTable = { [C in keyof LabRow]: LabRow[C][] };
type LabRow = RunColumns & { sweepId: string | null };

/** Points of a table, and the sweep of each run that has one. */
export function readLabTable({ sweepId, ...table }: LabTable): { points: RunPoint[]; sweepOf: Map<string, string> } {
  const at = <T>(column: readonly T[], i: number): T => column[column.length === 1 ? 0 : i]!;
  const order = table.id.map((_, i) => i).sort((i, j) => (table.id[i]! < table.id[j]! ? -1 : 1));
  const own = dimensionNames.filter((name) => table[name].length > 1);
  const columns: (readonly unknown[])[] = own.map((name) => table[name]);
  const same = { ...BLANK };
  for (const name of dimensionNames) if (table[name].length === 1) same[name] = table[name][0] ?? null;
  const points: RunPoint[] = [];
  for (const i of order) {
    const draft = { ...same };
    for (let c = 0; c < own.length; c++) draft[own[c]!] = columns[c]![i] ?? null;
    const run = {
      id: table.id[i]!,
      state: at(table.state, i),
      diverged: at(table.diverged, i),
      trainLossQuartile: at(table.trainLossQuartile, i),
      tags: at(table.tags, i),
    };
    if (isPoint(draft, run)) points.push(draft as RunPoint);
  }
  const sweepOf = new Map<string, string>();
  table.id.forEach((id, i) => {
    const sweep = at(sweepId, i);
    if (sweep) sweepOf.set(id, sweep);
  });
  return { points, sweepOf };
}
