import type { CurveDims, Optimum } from "../estimate";
import { type FitResult, fitLaw, fitSettingsSchema, type LrFit, lrForms, rms, rowsOf, selectOptima } from "../fit";
import type { FitSettings } from "../fit/settings";
import { counted } from "../format";
import { lossLabel, type ParamDefinition, paramDefinitions, type RunPoint } from "../run";
import { type TargetCell, targetCells } from "./cells";
import { type Check, mean, type Verdict } from "./check";
import {
  type LeaveOutEvidence,
  type LrErrorEvidence,
  leaveLargestOutCheck,
  lrErrorCheck,
  type RegretEvidence,
  regretCheck,
} from "./prediction-checks";
import { type SameLawEvidence, sameLawCheck } from "./same-law";
import { type ShiftEvidence, shiftCheck } from "./shift";
import { type WidthSlopeEvidence, widthSlopeCheck } from "./width-slope";

export type TransferCheck =
  | Check<LrErrorEvidence>
  | Check<RegretEvidence>
  | Check<ShiftEvidence>
  | Check<SameLawEvidence>
  | Check<WidthSlopeEvidence>
  | Check<LeaveOutEvidence>;

/** Whether a law found on the source holds on the target; plain data. */
export type TransferReport = {
  verdict: Verdict;
  sentence: string;
  /** Why the groups cannot be compared at all; the checks are then empty. */
  refused: string | null;
  source: FitResult;
  target: FitResult;
  cells: TargetCell[];
  checks: TransferCheck[];
  /** Error of the law under each definition of N, for forms that have N. */
  definitions: { definition: ParamDefinition; rmsLog2: number }[];
};

export type TransferOptions = { settings: FitSettings; targetTopBatches?: number | "all" };

const FEWEST_SOURCE_CELLS = 3;

/** Fits a law to the source runs and judges it on the target runs, over the target's best batches (3 by default). */
export function transferReport(
  sourceRuns: readonly RunPoint[],
  targetRuns: readonly RunPoint[],
  { settings, targetTopBatches = 3 }: TransferOptions,
): TransferReport {
  const source = fitLaw(sourceRuns, settings);
  // The filter of the source is not the target's: the target is what the caller gave.
  const target = fitLaw(targetRuns, {
    ...perCurve(settings),
    where: undefined,
    sizes: null,
    topBatches: targetTopBatches,
  });
  const fit = source.fit?.kind === "lr" ? source.fit : null;
  const refused = refusal(source, target, fit);
  const shared = { source, target };
  if (refused !== null || !fit) {
    const why = refused ?? "this form is not a law of the learning rate";
    return {
      ...shared,
      verdict: "inconclusive",
      sentence: `Not decided: ${why}.`,
      refused: why,
      cells: [],
      checks: [],
      definitions: [],
    };
  }
  const cells = targetCells(fit, usable(source), target.optima, settings);
  const checks = runChecks(source, target, fit, cells);
  const { verdict, sentence } = overall(checks);
  return {
    ...shared,
    verdict,
    sentence,
    refused: null,
    cells,
    checks,
    definitions: definitionErrors(sourceRuns, target, settings),
  };
}

function runChecks(source: FitResult, target: FitResult, fit: LrFit, cells: TargetCell[]): TransferCheck[] {
  const seedsDiffer = seedsOf(source) !== seedsOf(target);
  // Pairs and slopes use every bracketed curve of the target, not only its best batches.
  const [sourceAll, targetAll] = [usable(source), usable(target)];
  const paired = source.settings.form === "power" || source.settings.form === "power-averaged";
  const rowsFor = (result: FitResult) => {
    const all = { ...perCurve(result.settings), topBatches: paired ? result.settings.topBatches : ("all" as const) };
    return rowsOf(selectOptima(result.optima, all), all);
  };
  const step = mean(source.optima.filter((o) => o.used).map((o) => Math.log(o.gridFactor)));
  return [
    lrErrorCheck(cells),
    regretCheck(cells, seedsDiffer),
    shiftCheck(sourceAll, targetAll, seedsDiffer),
    sameLawCheck(rowsFor(source), rowsFor(target), source.settings),
    widthSlopeCheck([...sourceAll, ...targetAll]),
    leaveLargestOutCheck(fit, step),
  ];
}

/** Checks compare single optima, so they need an estimator that gives one per curve. */
function perCurve(settings: FitSettings): FitSettings {
  return settings.estimator === "near-optimal" ? { ...settings, estimator: "ew" } : settings;
}

/** Bracketed optima that were not taken out by hand or by size; also those outside the best batches. */
function usable(result: FitResult): Optimum[] {
  return selectOptima(result.optima, { ...perCurve(result.settings), topBatches: "all" }).filter((o) => o.used);
}

function seedsOf(result: FitResult): string {
  return [...new Set(result.optima.flatMap((o) => o.seeds))].sort().join();
}

function refusal(source: FitResult, target: FitResult, fit: LrFit | null): string | null {
  if (source.optima.length === 0) return "the source has no runs";
  if (target.optima.length === 0) return "the target has no runs";
  const one = (result: FitResult, of: (dims: CurveDims) => string | null) =>
    [...new Set(result.optima.map((o) => of(o.dims) ?? "unknown"))].sort().join(", ");
  const [dataA, dataB] = [one(source, (d) => d.data), one(target, (d) => d.data)];
  if (dataA !== dataB) return `the losses are not on the same data (${dataA} against ${dataB})`;
  const [lossA, lossB] = [one(source, (d) => lossLabel(d) || null), one(target, (d) => lossLabel(d) || null)];
  if (lossA !== lossB) return `the losses are not of the same kind (${lossA} against ${lossB})`;
  if (!fit) return source.notIdentifiable ? `the source gives no law: ${source.notIdentifiable.message}` : null;
  const cells = new Set(source.optima.filter((o) => o.used).map((o) => o.cellKey)).size;
  if (cells < FEWEST_SOURCE_CELLS) {
    return `the source has optima at only ${counted(cells, "combination")} of size and tokens; at least ${FEWEST_SOURCE_CELLS} are needed`;
  }
  if (!target.optima.some((o) => o.used)) {
    const first = target.optima.find((o) => o.leftOut)!;
    return `no curve of the target has a bracketed optimum (for one, ${first.leftOut})`;
  }
  return null;
}

/** Regret decides where it could be measured, else the error in LR; any other finding lowers a pass to a warning. */
function overall(checks: readonly TransferCheck[]): { verdict: Verdict; sentence: string } {
  const [error, regret] = [checks.find((c) => c.name === "lr-error")!, checks.find((c) => c.name === "regret")!];
  const decisive = regret.evidence ? regret : error;
  const others = checks.filter((c) => c !== decisive && (c.verdict === "warn" || c.verdict === "fail"));
  const verdict = decisive.verdict === "pass" && others.length > 0 ? "warn" : decisive.verdict;
  const caution = others.map((c) => c.sentence).filter((s) => s !== error.sentence);
  return {
    verdict,
    sentence: [error.sentence, regret.evidence ? regret.sentence : "", ...caution].filter(Boolean).join(" "),
  };
}

function definitionErrors(
  sourceRuns: readonly RunPoint[],
  target: FitResult,
  settings: FitSettings,
): TransferReport["definitions"] {
  if (settings.form === "chinchilla") return [];
  const { needs } = lrForms[settings.form];
  if (!needs.includes("params") && !needs.includes("compute")) return [];
  return paramDefinitions.flatMap((definition) => {
    const other = fitSettingsSchema.parse({ ...settings, paramDefinition: definition, bootstrap: 0 });
    const { fit } = fitLaw(sourceRuns, other);
    if (fit?.kind !== "lr") return [];
    const cells = targetCells(fit, [], target.optima, other);
    return cells.length > 0 ? [{ definition, rmsLog2: rms(cells.map((c) => c.error)) / Math.LN2 }] : [];
  });
}
