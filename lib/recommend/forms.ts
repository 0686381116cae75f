import { type FitResult, fitLaw, forms, type LrForm } from "../fit";
import type { RunPoint } from "../run";
import type { FormAdvice } from "./advice";
import { recommend } from "./recommend";
import type { RecommendationTarget } from "./target";

/** The advice of every learning-rate form on the runs of a fit: where they agree, the form does not matter. */
export function adviceOfForms(
  runs: readonly RunPoint[],
  result: FitResult,
  target: RecommendationTarget,
): FormAdvice[] {
  const known = new Set(result.runIds);
  const own = runs.filter((run) => known.has(run.runId));
  return forms
    .filter((form): form is LrForm => form !== "chinchilla")
    .map((form) => {
      const isOwn = form === result.settings.form;
      const other = isOwn ? result : fitLaw(own, { ...result.settings, form, topBatches: undefined, bootstrap: 0 });
      const advice = recommend(other, target);
      return {
        form,
        peakLr: advice?.wsd?.peakLr ?? null,
        interval: advice?.wsd?.interval ?? advice?.wsd?.confidence ?? null,
        scatter: other.fit?.kind === "lr" ? other.fit.regression.residualSdLog2 : null,
        reason: other.notIdentifiable?.message ?? advice?.missing[0] ?? null,
      };
    });
}

/** Largest over smallest peak of the forms, a factor; null where fewer than two give one. */
export function spreadOf(advice: readonly FormAdvice[] | undefined): number | null {
  const rates = (advice ?? []).flatMap((a) => (a.peakLr === null ? [] : [a.peakLr]));
  return rates.length > 1 ? Math.max(...rates) / Math.min(...rates) : null;
}
