import { fitLr, type LrFit, mayBend } from "./lr-fit";
import type { NotIdentifiable } from "./not-identifiable";
import type { FitRow } from "./rows";
import { type FitSettingsInput, fitSettingsSchema, type LrForm } from "./settings";

/**
 * A best rate that somebody found: `lr` the peak rate, `batchSeqs` in sequences, `tokens` trained on, `params` by any
 * one definition, `se` the standard error of ln LR (unknown: 0), `loss` at the optimum where forms pick the best batch.
 */
export type OptimumRow = {
  lr: number;
  batchSeqs: number;
  tokens: number;
  params?: number | null;
  seqLen?: number | null;
  se?: number;
  loss?: number;
  /** The one that the rate is multiplied with, for laws of a timescale. */
  weightDecay?: number | null;
};

/** Optima as rows of a regression, in order. Those of one size and batch are a trunk, whose errors go together. */
export function rowsFromOptima(optima: readonly OptimumRow[]): FitRow[] {
  return optima.map((optimum, i) => {
    const { lr, batchSeqs, tokens, params = null, seqLen = null, se = 0, loss = 1, weightDecay = null } = optimum;
    for (const [name, value] of Object.entries({ lr, batchSeqs, tokens, params: params ?? 1, loss }))
      if (!(value > 0 && Number.isFinite(value)))
        throw new RangeError(`optimum ${i}: ${name} ${value} is not positive`);
    const sizeKey = params === null ? "any" : String(params);
    return {
      cellKey: `${sizeKey} T${tokens}`,
      trunkKey: `${sizeKey} B${batchSeqs}`,
      ...{ seedKey: "", sizeKey, curveKeys: [`optimum ${i}`] },
      ...{ lr, se, floorSe: 0, loss, bracketed: true, batchSeqs, seqLen, tokens, params },
      ...{ weightDecay, weightDecayConvention: null },
    };
  });
}

/**
 * A law through optima alone; of the forms that take the best batch, by `loss`. Settings as of any fit but estimators.
 */
export function fitOptima(
  optima: readonly OptimumRow[],
  { form = "power-free", ...settings }: { form?: LrForm } & Omit<FitSettingsInput, "form" | "estimator"> = {},
): LrFit | NotIdentifiable {
  const fit = fitLr(form, rowsFromOptima(optima), fitSettingsSchema.parse({ ...settings, form, estimator: "ew" }));
  return "regression" in fit ? mayBend(fit) : fit;
}

/**
 * eta = amplitude x batch^. x T^. x N^. (or C^.) with what the form has; exponents as they stand, whatever its letters.
 */
export type NamedLaw = {
  amplitude: number;
  exponents: { batch?: number; tokens?: number; params?: number; compute?: number };
  /** Batch in sequences at which a saturating law levels off, its batch exponent being that of small batches. */
  levelsAtBatchSeqs?: number;
  /**
   * Of a law of the weights' timescale, tau = at1 (T / N)^exponent as a fraction of the run; its amplitude is at the
   * weight decay and sequence length of its runs, NaN where they have several.
   */
  timescale?: { at1: number; exponent: number };
};

/** A law's coefficients by what they belong to: the letters c, alpha and beta stand for other things in each form. */
export function namedLaw(fit: LrFit): NamedLaw {
  const values = fit.regression.coefficients.map((c) => c.value);
  const amplitude = Math.exp(values[0]!);
  const [, p = Number.NaN, q = Number.NaN, r = Number.NaN] = values;
  switch (fit.form) {
    case "power":
    case "power-averaged":
      return { amplitude, exponents: { batch: 1, tokens: p } };
    case "power-free":
      return { amplitude, exponents: { batch: p, tokens: q } };
    case "power-free-size":
      return { amplitude, exponents: { batch: p, tokens: q, params: r } };
    case "power-saturating":
      return { amplitude, exponents: { batch: p, tokens: q, params: r }, levelsAtBatchSeqs: Math.exp(values[4]!) };
    case "step-law":
      return { amplitude, exponents: { params: p, tokens: q } };
    case "compute":
      return { amplitude, exponents: { compute: p } };
    case "horizon":
      return { amplitude, exponents: { params: -p, tokens: -q } };
    case "timescale":
    case "timescale-ratio": {
      const m = fit.form === "timescale" ? 0 : p;
      const { seqLen, weightDecay } = fit.step ?? { seqLen: null, weightDecay: null };
      return {
        amplitude: (amplitude * (seqLen ?? Number.NaN)) / (weightDecay ?? Number.NaN),
        exponents: { batch: 1, tokens: -1 - m, params: m },
        timescale: { at1: 1 / amplitude, exponent: m },
      };
    }
  }
}
