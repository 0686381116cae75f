import { z } from "zod";

import { findBadText } from "../protocol";
import { type Dimension, type DimensionValue, dimensionSchema, eachDimension, type RunPoint } from "../run";
import { identitiesOf, type TablePoints } from "./points";
import type { Cell, Table, TableProblem, TableRow } from "./rows";

const required = ["peakLr", "batchSeqs", "tokens"] as const;
type Required = (typeof required)[number];

type Fields = { [D in Required]: z.ZodType<DimensionValue<D>> } & {
  [D in Exclude<Dimension, Required>]: z.ZodDefault<z.ZodNullable<z.ZodType<DimensionValue<D>>>>;
};

/** One row of a results table: what it was asked to do, what came out, and the row as the file has it. */
export const importedRunSchema = z.strictObject({
  line: z.number().int().positive(),
  /** Tells the run apart from every other of the table; the same again is the same run. */
  identity: z.string().min(1).max(2_000),
  /** What the table calls the run. */
  name: z.string().max(200).nullable().default(null),
  diverged: z.boolean(),
  row: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  ...(eachDimension((name) => {
    const isRequired = (required as readonly Dimension[]).includes(name);
    const schema = dimensionSchema(name);
    return isRequired ? schema : schema.nullable().default(null);
  }) as unknown as Fields),
});

export type ImportedRun = z.infer<typeof importedRunSchema>;

/** The rows of a table as runs to store; one that cannot be stored is a problem of its own and costs no other. */
export function importedRuns(read: TablePoints, table: Table): { rows: ImportedRun[]; problems: TableProblem[] } {
  const rowAt = new Map(table.lines.map((line, i) => [line, table.rows[i]!]));
  const identities = identitiesOf(read.points);
  const rows: ImportedRun[] = [];
  const problems: TableProblem[] = [];
  read.points.forEach((point, i) => {
    const line = read.lines[i]!;
    const run = importedRun(point, {
      line,
      identity: identities[i]!,
      name: read.names[i] ?? null,
      row: rowAt.get(line)!,
    });
    const parsed = importedRunSchema.safeParse(run);
    const bad = parsed.success ? findBadText(run) : null;
    if (parsed.success && !bad) {
      rows.push(run);
      return;
    }
    const issue = parsed.error?.issues[0];
    const field = bad?.field ?? issue?.path.join(".") ?? "row";
    const value = String(run[field as keyof ImportedRun] ?? "").slice(0, 100);
    problems.push({
      line,
      field,
      value,
      message: bad ? `may not contain ${bad.what}` : (issue?.message ?? "cannot be stored"),
    });
  });
  return { rows, problems };
}

/** What a row of a table is as a stored run. */
function importedRun(
  point: RunPoint,
  { line, identity, name, row }: { line: number; identity: string; name: string | null; row: TableRow },
): ImportedRun {
  const { runId: _, state, trainLossQuartile: _quartile, tags: _tags, ...described } = point;
  const known = (value: number | null | undefined) =>
    value !== null && value !== undefined && value > 0 && Number.isFinite(value) ? value : null;
  return {
    ...(eachDimension((d) => described[d] ?? null) as Omit<
      ImportedRun,
      "line" | "identity" | "name" | "diverged" | "row"
    >),
    line,
    identity,
    name: name?.slice(0, 200) || null,
    diverged: state === "diverged",
    finalLoss: known(point.finalLoss),
    trainTailLoss: known(point.trainTailLoss),
    row: Object.fromEntries(Object.entries(row).map(([k, v]) => [k, storable(v)])),
  };
}

/** JSON has no word for NaN and the infinities. */
function storable(cell: Cell): Cell {
  return typeof cell === "number" && !Number.isFinite(cell) ? String(cell) : cell;
}
