import type { Optimum } from "../estimate";
import { curvesOf, groupBy, optimumOf } from "../estimate";
import type { RunPoint } from "../run";
import { lrForms, usesBestBatch } from "./forms";
import { fitLr } from "./lr-fit";
import { normalSums, solveNormal } from "./normal";
import { lnLr, rms } from "./regression";
import { type FitRow, rowsOf, selectOptima } from "./rows";
import { type FitSettings, forms, type LrForm, runsFor, topBatchesOf } from "./settings";

/** How one form does on the optima of a fit. Errors are in octaves (log2 of the LR); AICc compares equal `n` only. */
export type FormComparison = {
  form: LrForm;
  equation: string;
  n: number;
  coefficients: number;
  aicc: number | null;
  residualSdLog2: number | null;
  /** Each (size, tokens) cell predicted from all the others. */
  leaveCellOutRmsLog2: number | null;
  /** The largest size predicted from the smaller ones. */
  leaveLargestOutRmsLog2: number | null;
  /** Why the data do not determine this form. */
  reason: string | null;
};

/** All learning-rate forms on the same selection of runs, best prediction of unseen cells first. */
export function compareForms(runs: readonly RunPoint[], settings: FitSettings): FormComparison[] {
  const optima = curvesOf(runsFor(runs, settings), settings).map((curve) => optimumOf(curve, settings.estimator));
  return forms
    .filter((form): form is LrForm => form !== "chinchilla")
    .map((form) =>
      compareForm(form, optima, { ...settings, form, topBatches: topBatchesOf({ ...settings, form }), bootstrap: 0 }),
    )
    .sort((p, q) => (p.leaveCellOutRmsLog2 ?? Infinity) - (q.leaveCellOutRmsLog2 ?? Infinity));
}

function compareForm(form: LrForm, optima: readonly Optimum[], settings: FitSettings): FormComparison {
  const rows = rowsOf(selectOptima(optima, settings), settings);
  const outcome = fitLr(form, rows, settings);
  const { equation, coefficients } = lrForms[form];
  const shared = { form, equation, coefficients: coefficients.length };
  if (!("regression" in outcome)) {
    const blank = { aicc: null, residualSdLog2: null, leaveCellOutRmsLog2: null, leaveLargestOutRmsLog2: null };
    return { ...shared, ...blank, n: rows.length, reason: outcome.message };
  }
  const { regression } = outcome;
  return {
    ...shared,
    n: regression.n,
    aicc: regression.aicc,
    residualSdLog2: regression.residualSdLog2,
    leaveCellOutRmsLog2: leaveCellOut(form, regression.rows),
    leaveLargestOutRmsLog2: regression.leaveLargestOut.find((l) => l.what === "size")?.rmsLog2 ?? null,
    reason: usesBestBatch(form) ? "one optimum a cell, its best batch" : null,
  };
}

/** Rms error at each cell of a law fitted (by plain least squares) without that cell; null where that is impossible. */
function leaveCellOut(form: LrForm, rows: readonly FitRow[]): number | null {
  const definition = lrForms[form];
  const response = lnLr(definition);
  const cells = [...groupBy(rows, (row) => row.cellKey).values()];
  const design = rows.map((row) => definition.design(row));
  const center = design[0]!.map((_, j) => design.reduce((sum, x) => sum + x[j]!, 0) / design.length);
  const sums = cells.map((cell) =>
    normalSums(
      cell.map((row) => definition.design(row)),
      cell.map(response),
      cell.map(() => 1),
      center,
    ),
  );
  const errors: number[] = [];
  for (const [i, cell] of cells.entries()) {
    const others = sums.filter((_, k) => k !== i);
    const law = others.length > 0 && rows.length - cell.length >= center.length ? solveNormal(others, center) : null;
    if (!law) return null;
    for (const row of cell) {
      const predicted = definition.design(row).reduce((sum, x, j) => sum + x * law[j]!, 0);
      errors.push((predicted - response(row)) / Math.LN2);
    }
  }
  return rms(errors);
}
