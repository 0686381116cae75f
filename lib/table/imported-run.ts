import { z } from "zod";
import type { RunPoint } from "../estimate";
import { lossTakings } from "../protocol";

const positive = z.number().positive();
const whole = z.number().int().min(-2_147_483_648).max(2_147_483_647).nullable();
const count = z.number().int().positive().max(2_147_483_647);
const name = z.string().max(500);

/** One row of a results table: what it was asked to do, what came out, and the row as the file has it. */
export const importedRunSchema = z.strictObject({
  line: z.number().int().positive(),
  /** Tells the run apart from every other of the table; the same again is the same run. */
  identity: z.string().min(1).max(2_000),
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

/** What a row of a table is as a stored run. */
export function importedRun(point: RunPoint, line: number, identity: string, row: ImportedRun["row"]): ImportedRun {
  const { nonEmbedding, total, active } = point.params;
  const known = (value: number | null | undefined) =>
    value !== null && value !== undefined && value > 0 ? value : null;
  const loss = point.loss !== null && Number.isFinite(point.loss) ? point.loss : null;
  return {
    line,
    identity,
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
    row,
  };
}
