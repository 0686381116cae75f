import { type Bend, curvesOf, groupBy, lossOf, type Optimum, optimaOf } from "../estimate";
import { counted } from "../format";
import { type ParamDefinition, paramDefinitions, paramsBy, type RunPoint } from "../run";
import { dimensionWarnings } from "./dimension-warnings";
import { type Hypothesis, testHypotheses } from "./hypotheses";
import { inputHash } from "./input-hash";
import { fitLoss, type LossFit, type LossRow } from "./loss-fit";
import { fitLr, type LrFit, mayBend } from "./lr-fit";
import { METHOD } from "./method";
import type { NotIdentifiable } from "./not-identifiable";
import { type FittedOptimum, paramsOf, rowsOf, selectOptima } from "./rows";
import { resultWarnings, selectionWarnings } from "./selection-warnings";
import { type FitSettings, type LrForm, runsFor, topBatchesOf } from "./settings";
import { apartWarnings, type FitWarning, lossWarnings, lrWarnings } from "./warnings";

/** A fit with everything needed to show, judge and recompute it; plain data. */
export type FitResult = {
  /** Of which method it is (lib/fit/method.ts); results of 0.1 do not say. */
  method?: number;
  settings: FitSettings;
  inputHash: string;
  runIds: string[];
  /** Every curve, used or not. */
  optima: FittedOptimum[];
  /** What the curves share, of a surface; results before method 3 have none. */
  surface?: Bend | null;
  /** The same form by each curve's own parabola, beside a surface. */
  perCurve?: LrFit | null;
  fit: LrFit | LossFit | null;
  notIdentifiable: NotIdentifiable | null;
  /** The form to show beside a power law: free batch beside the paper's, the paper's beside the free one. */
  companion: LrFit | null;
  hypotheses: Hypothesis[];
  warnings: FitWarning[];
};

/** The law and the curves under it, without what judges it: enough for every picture. */
export type FitSketch = Pick<FitResult, "settings" | "optima" | "surface" | "fit" | "notIdentifiable">;

/** From runs to a law: curves, optima, selection, regression, hypothesis tests and warnings. Deterministic. */
export function fitLaw(runs: readonly RunPoint[], settings: FitSettings): FitResult {
  return judgeLaw(runs, sketchLaw(runs, settings));
}

/** Curves, optima, selection and regression. */
export function sketchLaw(runs: readonly RunPoint[], settings: FitSettings): FitSketch {
  const resolved = { ...settings, topBatches: topBatchesOf(settings) };
  const kept = runsFor(runs, resolved);
  const curves = curvesOf(kept, resolved);
  const { optima: all, bend } = optimaOf(curves, resolved.estimator, resolved.curvature);
  const optima = selectOptima(all, resolved);
  const outcome =
    resolved.form === "chinchilla"
      ? (withoutParams(kept, resolved) ??
        fitLoss(isSwept(kept) ? bestLosses(optima, resolved) : ownLosses(kept, resolved), resolved))
      : fitLr(resolved.form, rowsOf(optima, resolved), resolved);
  const found = "regression" in outcome || "law" in outcome;
  return {
    settings: resolved,
    optima,
    surface: bend,
    fit: found ? (outcome.kind === "lr" ? mayBend(outcome) : outcome) : null,
    notIdentifiable: found ? null : outcome,
  };
}

/** The whole fit from its sketch; `runs` are those that were sketched. */
export function judgeLaw(runs: readonly RunPoint[], sketch: FitSketch): FitResult {
  const { settings, optima, fit } = sketch;
  const kept = runsFor(runs, settings);
  const unknown = [...resultWarnings(kept, settings), ...dimensionWarnings(kept, optima, settings)];
  return {
    method: METHOD,
    settings,
    inputHash: inputHash(kept, settings),
    runIds: kept.map((run) => run.runId).sort(),
    optima,
    surface: sketch.surface,
    fit,
    notIdentifiable: sketch.notIdentifiable,
    ...(settings.form === "chinchilla"
      ? {
          ...{ companion: null, hypotheses: [] },
          warnings: [
            ...unknown,
            ...(isSwept(kept) ? selectionWarnings(optima, settings) : []),
            ...(fit?.kind === "loss" ? lossWarnings(fit) : []),
          ],
        }
      : judgeLr(sketch, settings.form, unknown)),
  };
}

function judgeLr({ settings, optima, fit }: FitSketch, form: LrForm, unknown: FitWarning[]) {
  const hypotheses = testHypotheses(companionRows(optima, settings, "all"), settings);
  const law = fit?.kind === "lr" ? lrWarnings(fit, rowsOf(optima, settings), hypotheses) : [];
  const perCurve = settings.estimator === "surface" && fit?.kind === "lr" ? perCurveLaw(optima, settings, form) : null;
  const apart = perCurve && fit?.kind === "lr" ? apartWarnings(fit, perCurve) : [];
  return {
    companion: companionOf(optima, settings, form),
    perCurve,
    hypotheses,
    warnings: [...unknown, ...selectionWarnings(optima, settings), ...law, ...apart],
  };
}

/** The same law from the optimum that each bracketed curve has by itself. */
function perCurveLaw(optima: readonly FittedOptimum[], settings: FitSettings, form: LrForm): LrFit | null {
  const own: FitSettings = { ...settings, estimator: "ew", bootstrap: 0 };
  const read = optima.map((o) => ({ ...o, estimate: o.status === "ok" ? (o.ew ?? o.parabola3) : null }));
  const outcome = fitLr(form, rowsOf(selectOptima(read, own), own), own, false);
  return "regression" in outcome ? outcome : null;
}

function companionOf(optima: FittedOptimum[], settings: FitSettings, form: LrForm): LrFit | null {
  if (!form.startsWith("power")) return null;
  const isPaper = form === "power" || form === "power-averaged";
  const rows = companionRows(optima, settings, isPaper ? "all" : 3);
  const outcome = fitLr(isPaper ? "power-free" : "power", rows, { ...settings, bootstrap: 0 }, false);
  return "regression" in outcome ? outcome : null;
}

/** Rows of the same selection with another number of batches per cell. */
function companionRows(optima: readonly Optimum[], settings: FitSettings, count: number | "all") {
  const other = { ...settings, topBatches: count };
  return rowsOf(selectOptima(optima, other), other);
}

function isSwept(runs: readonly RunPoint[]): boolean {
  return runs.some((run) => run.peakLr !== runs[0]!.peakLr || run.batchSeqs !== runs[0]!.batchSeqs);
}

/** Why there is no loss law of runs of which none has the count of parameters that is asked for. */
function withoutParams(runs: readonly RunPoint[], { paramDefinition }: FitSettings): NotIdentifiable | null {
  if (runs.length === 0 || runs.some((run) => paramsBy(paramDefinition, run) !== null)) return null;
  const other = paramDefinitions.find((d) => runs.some((run) => paramsBy(d, run) !== null));
  return {
    reason: "no-params",
    message: `None of ${counted(runs.length, "run")} has ${COUNTS[paramDefinition]}, which the loss law needs: ${other ? `take N as ${COUNTS[other]}, which they have, or ` : ""}map it.`,
  };
}

const COUNTS = {
  nonEmbedding: "a non-embedding parameter count",
  total: "a total parameter count",
  active: "an active parameter count",
} as const satisfies Record<ParamDefinition, string>;

/**
 * Of a sweep, the best loss of every (size, tokens): the estimated minimum of a bracketed curve, no point of a grid.
 */
function bestLosses(optima: readonly FittedOptimum[], settings: FitSettings): LossRow[] {
  const usable = optima.filter((o) => o.used && o.estimate !== null);
  return [...groupBy(usable, (o) => o.cellKey)].flatMap(([cellKey, cell]) => {
    const params = paramsOf(cell[0]!.dims, settings);
    const loss = Math.min(...cell.map((o) => o.estimate!.loss));
    return params === null || !(loss > 0) ? [] : [{ cellKey, params, tokens: cell[0]!.dims.tokens, loss }];
  });
}

/** Of runs with one learning rate and batch, as published tables of N, T and loss have them, every run's own loss. */
function ownLosses(runs: readonly RunPoint[], settings: FitSettings): LossRow[] {
  const ordered = [...runs].sort((p, q) => (p.runId < q.runId ? -1 : 1));
  return ordered.flatMap((run) => {
    const [params, loss] = [paramsBy(settings.paramDefinition, run), lossOf(run, settings.loss)];
    if (params === null || loss === null || run.state === "diverged") return [];
    return [{ cellKey: run.runId, params, tokens: run.tokens, loss }];
  });
}
