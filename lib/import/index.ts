export { type Space, unpack } from "./archive";

import { foreignFile } from "./foreign";
import { hfTrainerState } from "./hf-trainer-state";
import type { HistoryFormat } from "./history";
import type { ImportFile, ImportFormat } from "./imported";
import { lmEval } from "./lm-eval";
import { megatronGolden } from "./megatron-golden";
import { mlflow } from "./mlflow";
import { neptune } from "./neptune";
import { algoperf, rows } from "./rows";
import { table } from "./table";
import { tensorboard } from "./tensorboard";
import { type LogPattern, textLogs } from "./text";
import { wandb } from "./wandb";

export type { Hasher, KnownSource } from "./fingerprint";
export { type FoundRun, type HistoryReader, type HistoryReport, readHistories } from "./histories";
export { plain, reportJson, resultOfRun } from "./history-report";
export {
  type DecimalSign,
  type Imported,
  type ImportedRun,
  type ImportFile,
  type ImportOptions,
  importedRunSchema,
} from "./imported";
export { problemTexts } from "./problems";
export type { Batch, Points } from "./recorder";
export { dimensionsOfRun, type RunDimensions } from "./run-dimensions";
export { type Followed, type ImportServer, type SendOptions, type Sent, sendHistories } from "./send";
export { memoryFile, type SourceFile } from "./source";
export {
  importedRuns,
  type PointOptions,
  pointsOfTable,
  readDelimited,
  readTable,
  readTablePoints,
  type Table,
  type TablePoints,
  withDecimalSign,
} from "./table";

export { type LogPattern, type Marked, numbersOf, patternLine, patternProblem } from "./text";

/** Asked in this order; the table takes what no other format claims. */
export const formats: readonly ImportFormat[] = [table];

/**
 * Formats of the course of runs, asked in this order: patterns of somebody's own, then those that several files make
 * before those of one of them.
 */
export function historiesWith(patterns: readonly LogPattern[]): readonly HistoryFormat[] {
  const { own, programs } = textLogs(patterns);
  return [
    ...own,
    algoperf,
    wandb,
    tensorboard,
    hfTrainerState,
    ...mlflow,
    neptune,
    megatronGolden,
    lmEval,
    ...rows,
    ...programs,
  ];
}

export const histories = historiesWith([]);

/** The format of a file; throws an Error that says what else it is, and what can be done with it instead. */
export function detect(file: ImportFile): ImportFormat {
  const foreign = foreignFile(file.name, file.bytes);
  if (foreign) throw new Error(foreign);
  return formats.find((format) => format.detect(file))!;
}
