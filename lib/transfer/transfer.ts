import type { CurveDims, Optimum } from "../estimate";
import { type FitResult, fitLaw, fitSettingsSchema, knowsSize, type LrFit, rms, rowsOf, selectOptima } from "../fit";
import type { FitSettings } from "../fit/settings";
import { counted } from "../format";
import { lossLabel, type ParamDefinition, paramDefinitions, type RunPoint } from "../run";
import { type TargetCell, targetCells } from "./cells";
import { type Check, mean, type Verdict } from "./check";
import { type Difference, differencesOf, differencesWords } from "./differences";
import { type LeaveOutEvidence, leaveLargestOutCheck } from "./leave-largest-out";
import { type LrErrorEvidence, lrErrorCheck } from "./lr-error";
import { type RegretEvidence, regretCheck } from "./regret";
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
  /** How many checks have each verdict. */
  counts: Record<Verdict, number>;
  /** What else than model size the groups differ in; such a law passes with a warning at best. */
  differences: Difference[];
  /** Runs that are in both groups. */
  runsInBoth: number;
  /** Error of the law under each definition of N, for forms that have N. */
  definitions: { definition: ParamDefinition; rmsLog2: number }[];
};

/** `targetTopBatches` is how many batches of each size and tokens count, the best first. */
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
      counts: countsOf([]),
      differences: [],
      runsInBoth: 0,
      definitions: [],
    };
  }
  const cells = targetCells(fit, usable(source), target.optima, settings);
  const checks = runChecks(source, target, fit, cells);
  const differences = differencesOf(source, target);
  const inSource = new Set(sourceRuns.map((r) => r.runId));
  const runsInBoth = targetRuns.filter((r) => inSource.has(r.runId)).length;
  const cautions = [
    differences.length > 0 ? differencesWords(differences) : "",
    runsInBoth > 0
      ? `${counted(runsInBoth, "run is", "runs are")} in both groups: on these the law is not tested.`
      : "",
  ].filter(Boolean);
  return {
    ...shared,
    ...overall(checks, cautions, unjudgedWords(target)),
    refused: null,
    cells,
    checks,
    counts: countsOf(checks),
    differences,
    runsInBoth,
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
  const all = selectOptima(result.optima, { ...perCurve(result.settings), topBatches: "all" });
  return all.filter((o) => o.used && o.status === "ok");
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

/**
 * Regret decides where it could be measured, else the error in LR, which alone is no pass. Any other finding, and any
 * caution, lowers a pass to a warning.
 */
function overall(
  checks: readonly TransferCheck[],
  cautions: readonly string[],
  unjudged: string,
): Pick<TransferReport, "verdict" | "sentence"> {
  const [error, regret] = [checks.find((c) => c.name === "lr-error")!, checks.find((c) => c.name === "regret")!];
  const isDecided = regret.verdict !== "inconclusive";
  const decisive = isDecided ? regret : error;
  const found = checks.filter((c) => c !== decisive && (c.verdict === "warn" || c.verdict === "fail"));
  const open = !isDecided && error.verdict === "pass" ? "inconclusive" : decisive.verdict;
  const isLowered = open === "pass" ? found.length + cautions.length > 0 : open === "inconclusive" && found.length > 0;
  const others = found.filter((c) => c !== error && c !== regret).map((c) => c.sentence);
  return {
    verdict: isLowered ? "warn" : open,
    sentence: [
      countsWords(checks),
      error.sentence,
      regret.evidence ? regret.sentence : "",
      unjudged,
      ...others,
      ...cautions,
    ]
      .filter(Boolean)
      .join(" "),
  };
}

/** Curves of the target whose optimum nobody knows, so that no check sees them. */
function unjudgedWords({ optima }: FitResult): string {
  const n = optima.filter((o) => o.status !== "ok").length;
  const words = n === 1 ? "has no bracketed optimum and is" : "have no bracketed optimum and are";
  return n > 0 ? `${counted(n, "curve")} of the target ${words} not judged.` : "";
}

function countsOf(checks: readonly TransferCheck[]): Record<Verdict, number> {
  const counts = { pass: 0, warn: 0, fail: 0, inconclusive: 0 };
  for (const c of checks) counts[c.verdict]++;
  return counts;
}

/** "Passed 2 of 6 checks, 1 failed, 3 undecided." */
function countsWords(checks: readonly TransferCheck[]): string {
  const { pass, warn, fail, inconclusive } = countsOf(checks);
  const rest = [
    warn > 0 ? `${warn} with a warning` : "",
    fail > 0 ? `${fail} failed` : "",
    inconclusive > 0 ? `${inconclusive} undecided` : "",
  ].filter(Boolean);
  return `${[`Passed ${pass} of ${counted(checks.length, "check")}`, ...rest].join(", ")}.`;
}

function definitionErrors(
  sourceRuns: readonly RunPoint[],
  target: FitResult,
  settings: FitSettings,
): TransferReport["definitions"] {
  if (settings.form === "chinchilla") return [];
  if (!knowsSize({ form: settings.form })) return [];
  return paramDefinitions.flatMap((definition) => {
    const other = fitSettingsSchema.parse({ ...settings, paramDefinition: definition, bootstrap: 0 });
    const { fit } = fitLaw(sourceRuns, other);
    if (fit?.kind !== "lr") return [];
    const cells = targetCells(fit, [], target.optima, other);
    return cells.length > 0 ? [{ definition, rmsLog2: rms(cells.map((c) => c.error)) / Math.LN2 }] : [];
  });
}
