import { z } from "zod";
import type { RunPoint } from "../estimate";
import { findBadText, lossTakings } from "../protocol";
import { identitiesOf, type TablePoints } from "./points";
import type { Cell, Table, TableProblem, TableRow } from "./rows";

const positive = z.number().positive();
const whole = z.number().int().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER).nullable();
const count = z.number().int().positive().max(Number.MAX_SAFE_INTEGER);
const name = z.string().max(500);

/** One row of a results table: what it was asked to do, what came out, and the row as the file has it. */
export const importedRunSchema = z.strictObject({
  line: z.number().int().positive(),
  /** Tells the run apart from every other of the table; the same again is the same run. */
  identity: z.string().min(1).max(2_000),
  /** What the table calls the run. */
  name: z.string().max(200).nullable().default(null),
  lr: positive,
  batchSeqs: count,
  tokens: positive,
  seqLen: count.nullable(),
  params: positive.nullable(),
  paramsTotal: positive.nullable(),
  paramsActive: positive.nullable(),
  width: count.nullable(),
  depth: count.nullable(),
  architecture: name,
  parametrization: name,
  schedule: name,
  data: name.nullable(),
  seed: whole,
  diverged: z.boolean(),
  loss: positive.nullable(),
  tailLoss: positive.nullable(),
  metric: name.nullable().default(null),
  taken: z.enum(lossTakings).nullable().default(null),
  row: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
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
  const { nonEmbedding, total, active } = point.params;
  const known = (value: number | null | undefined) =>
    value !== null && value !== undefined && value > 0 ? value : null;
  const loss = point.loss !== null && Number.isFinite(point.loss) ? point.loss : null;
  return {
    line,
    identity,
    name: name?.slice(0, 200) || null,
    lr: point.peakLr,
    batchSeqs: point.batchSeqs,
    tokens: point.tokens,
    seqLen: point.seqLen,
    params: nonEmbedding,
    paramsTotal: total,
    paramsActive: active,
    width: point.width,
    depth: point.depth,
    architecture: point.architecture,
    parametrization: point.parametrization,
    schedule: point.schedule,
    data: point.data,
    seed: point.seed,
    diverged: point.state === "diverged",
    loss: known(loss),
    tailLoss: known(point.trainTailLoss),
    metric: point.metric ?? null,
    taken: point.taken ?? null,
    row: Object.fromEntries(Object.entries(row).map(([k, v]) => [k, storable(v)])),
  };
}

/** JSON has no word for NaN and the infinities. */
function storable(cell: Cell): Cell {
  return typeof cell === "number" && !Number.isFinite(cell) ? String(cell) : cell;
}
