import { curvesOf, groupBy, type Optimum, optimaOf } from "../estimate";
import { square } from "../portable";
import type { RunPoint } from "../run";
import { type FormDefinition, lrForms } from "./forms";
import { fitLr, formOf } from "./lr-fit";
import { type NormalSums, normalSums, solveNormal } from "./normal";
import { lnLr, rms } from "./regression";
import { bestBatchRows, type FitRow, rowsOf, selectOptima } from "./rows";
import { type FitSettings, forms, type LrForm, runsFor, topBatchesOf, usesBestBatch } from "./settings";

/**
 * How one form does on the optima of a fit. Every form predicts the same optima, each from a law without its (size,
 * tokens): all bracketed ones, where the form knows the batch, and the best batch of each (size, tokens). Errors are in
 * octaves (log2 of the LR), regrets relative losses on the curves that were predicted. AICc compares equal `n` only.
 */
export type FormComparison = {
  form: LrForm;
  equation: string;
  /** Optima the form itself is fitted to. */
  n: number;
  coefficients: number;
  aicc: number | null;
  residualSdLog2: number | null;
  everyBatch: Predicted | null;
  bestBatch: Predicted | null;
  /** The largest size predicted from the smaller ones. */
  leaveLargestOutRmsLog2: number | null;
  /** Why the data do not determine this form. */
  reason: string | null;
};

/** What a form misses optima by that it has not seen, and what that costs. */
export type Predicted = { optima: number; rmsLog2: number; meanRegret: number | null };

/** An optimum to be predicted, and what d(ln LR)^2 costs there of the loss. */
type Target = { row: FitRow; cost: number | null };

/** All learning-rate forms on the same selection of runs, least regret at the best batch of unseen cells first. */
export function compareForms(runs: readonly RunPoint[], settings: FitSettings): FormComparison[] {
  const curves = curvesOf(runsFor(runs, settings), settings);
  const { optima } = optimaOf(curves, settings.estimator, settings.curvature);
  const every = targetsOf(optima, settings);
  const best = new Set(bestBatchRows(every.map((t) => t.row)));
  const targets = { every, best: every.filter((t) => best.has(t.row)) };
  const worth = (c: FormComparison) => c.bestBatch?.meanRegret ?? c.bestBatch?.rmsLog2 ?? Number.POSITIVE_INFINITY;
  return forms
    .filter((form): form is LrForm => form !== "chinchilla")
    .map((form) => compareForm(form, optima, targets, resolved(settings, form)))
    .sort((p, q) => worth(p) - worth(q));
}

function resolved(settings: FitSettings, form: LrForm): FitSettings {
  return { ...settings, form, topBatches: topBatchesOf({ ...settings, form }), bootstrap: 0 };
}

function targetsOf(optima: readonly Optimum[], settings: FitSettings): Target[] {
  const estimator = settings.estimator === "near-optimal" ? "ew" : settings.estimator;
  const all: FitSettings = { ...settings, form: "power-free", estimator, topBatches: "all" };
  const curvature = new Map(optima.map((o) => [o.key, o.estimate]));
  return rowsOf(selectOptima(optima, all), all)
    .filter((row) => row.bracketed)
    .map((row) => {
      const estimate = curvature.get(row.curveKeys[0]!);
      return { row, cost: estimate?.curvature ? (0.5 * estimate.curvature) / estimate.loss : null };
    });
}

function compareForm(
  form: LrForm,
  optima: readonly Optimum[],
  { every, best }: { every: Target[]; best: Target[] },
  settings: FitSettings,
): FormComparison {
  const rows = rowsOf(selectOptima(optima, settings), settings);
  const outcome = fitLr(form, rows, settings);
  const { equation, coefficients } = lrForms[form];
  const shared = { form, equation, coefficients: coefficients.length };
  if (!("regression" in outcome)) {
    const blank = { aicc: null, residualSdLog2: null, leaveLargestOutRmsLog2: null, everyBatch: null, bestBatch: null };
    return { ...shared, ...blank, n: rows.length, reason: outcome.message };
  }
  const { regression } = outcome;
  const definition = formOf(outcome);
  const laws = lawsWithoutCells(definition, regression.rows);
  return {
    ...shared,
    n: regression.n,
    aicc: regression.aicc,
    residualSdLog2: regression.residualSdLog2,
    everyBatch: usesBestBatch(form) ? null : predicted(definition, laws, every),
    bestBatch: predicted(definition, laws, best),
    leaveLargestOutRmsLog2: regression.leaveLargestOut.find((l) => l.what === "size")?.rmsLog2 ?? null,
    reason: usesBestBatch(form) ? "one optimum a cell, its best batch" : null,
  };
}

function predicted(
  form: FormDefinition,
  lawWithout: (cell: string) => number[] | null,
  targets: Target[],
): Predicted | null {
  const { design } = form;
  const response = lnLr(form);
  const errors: number[] = [];
  for (const { row } of targets) {
    const law = lawWithout(row.cellKey);
    if (!law) return null;
    errors.push(design(row).reduce((sum, x, j) => sum + x * law[j]!, 0) - response(row));
  }
  if (errors.length === 0 || !errors.every(Number.isFinite)) return null;
  const regrets = targets.map((t, i) => (t.cost === null ? null : t.cost * square(errors[i]!)));
  const sum = regrets.every((r) => r !== null) ? regrets.reduce((total, r) => total + r, 0) : null;
  return {
    optima: errors.length,
    rmsLog2: rms(errors) / Math.LN2,
    meanRegret: sum === null ? null : sum / errors.length,
  };
}

/** Laws by plain least squares, each without one (size, tokens); null where too few optima are left. */
function lawsWithoutCells(definition: FormDefinition, rows: readonly FitRow[]): (cell: string) => number[] | null {
  const response = lnLr(definition);
  const design = rows.map((row) => definition.design(row));
  const center = design[0]!.map((_, j) => design.reduce((sum, x) => sum + x[j]!, 0) / design.length);
  const sums = new Map<string, NormalSums & { n: number }>();
  for (const [key, cell] of groupBy(rows, (row) => row.cellKey)) {
    const x = cell.map((row) => definition.design(row));
    const one = cell.map(() => 1);
    sums.set(key, { ...normalSums(x, cell.map(response), one, center), n: cell.length });
  }
  const laws = new Map<string, number[] | null>();
  return (cell) => {
    if (!laws.has(cell)) {
      const others = [...sums].filter(([key]) => key !== cell).map(([, s]) => s);
      const left = others.reduce((n, s) => n + s.n, 0);
      laws.set(cell, left >= center.length ? solveNormal(others, center) : null);
    }
    return laws.get(cell)!;
  };
}
