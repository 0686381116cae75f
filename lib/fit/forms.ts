import type { FitRow } from "./rows";
import type { LrForm } from "./settings";

/**
 * A point at which a law is evaluated: tokens, batch in sequences, parameters, sequence length in tokens, and the weight
 * decay that the rate is multiplied with, which laws of a timescale need; without it they take that of their runs.
 */
export type LawPoint = {
  tokens: number;
  batchSeqs: number;
  params: number | null;
  seqLen: number | null;
  weightDecay?: number | null;
};

/** What a form says and needs: coefficients in order, the constant first. */
export type FormWords = {
  equation: string;
  coefficients: string[];
  needs: ("tokens" | "batchSeqs" | "params" | "compute" | "tokensPerParam")[];
};

/** Equation of a law, its regressors, and what is subtracted from ln eta. */
export type FormDefinition = FormWords & {
  design: (point: LawPoint) => number[];
  offset: (point: LawPoint) => number;
  /** Whether the weight decay is part of the law. */
  takesDecay?: boolean;
};

const zero = () => 0;
const lnN = (point: LawPoint) => (point.params === null ? Number.NaN : Math.log(point.params));
const lnT = (point: LawPoint) => Math.log(point.tokens);
const lnBatch = (point: LawPoint) => Math.log(point.batchSeqs);
/** ln C with C = 6 N T. */
const lnC = (point: LawPoint) => Math.log(6) + lnN(point) + lnT(point);

const power: FormDefinition = {
  equation: "eta = batch * a * T^b",
  coefficients: ["ln a", "b"],
  needs: ["tokens"],
  design: (point) => [1, lnT(point)],
  offset: lnBatch,
};

type LinearForm = Exclude<LrForm, "power-saturating" | TimescaleForm>;

const linearForms: Record<LinearForm, FormDefinition> = {
  power,
  "power-averaged": power,
  "power-free": {
    equation: "eta = A * batch^c * T^b",
    coefficients: ["ln A", "c", "b"],
    needs: ["batchSeqs", "tokens"],
    design: (point) => [1, lnBatch(point), lnT(point)],
    offset: zero,
  },
  "power-free-size": {
    equation: "eta = A * batch^c * T^b * N^d",
    coefficients: ["ln A", "c", "b", "d"],
    needs: ["batchSeqs", "tokens", "params"],
    design: (point) => [1, lnBatch(point), lnT(point), lnN(point)],
    offset: zero,
  },
  "step-law": {
    equation: "eta = c * N^alpha * T^beta",
    coefficients: ["ln c", "alpha", "beta"],
    needs: ["params", "tokens"],
    design: (point) => [1, lnN(point), lnT(point)],
    offset: zero,
  },
  compute: {
    equation: "eta = c * C^alpha, C = 6 N T",
    coefficients: ["ln c", "alpha"],
    needs: ["compute"],
    design: (point) => [1, lnC(point)],
    offset: zero,
  },
  horizon: {
    equation: "eta = c * N^-alpha * T^-beta",
    coefficients: ["ln c", "alpha", "beta"],
    needs: ["params", "tokens"],
    design: (point) => [1, -lnN(point), -lnT(point)],
    offset: zero,
  },
};

/** Where a saturating law is linear: its exponent of small batches, and ln of the batch at which it levels off. */
export type Saturation = { c: number; lnB0: number };

/**
 * ln of batch / (1 + batch / B0) grows as ln batch far below B0 and not at all far above. In B0 the law is linear only
 * near a point: the last regressor is the slope there, so that the coefficient is ln B0 itself.
 */
const saturating: FormWords & { at: (saturation: Saturation) => Pick<FormDefinition, "design" | "offset"> } = {
  equation: "eta = A * (batch / (1 + batch / B0))^c * T^b * N^d",
  coefficients: ["ln A", "c", "b", "d", "ln B0"],
  needs: ["batchSeqs", "tokens", "params"],
  at: ({ c, lnB0 }) => {
    const slope = (point: LawPoint) => c / (1 + Math.exp(lnB0 - lnBatch(point)));
    return {
      design: (point) => [1, effectiveLnBatch(point, lnB0), lnT(point), lnN(point), slope(point)],
      offset: (point) => -slope(point) * lnB0,
    };
  },
};

/** Forms that hold a timescale of AdamW's weights, tau = B L / (eta lambda T), a fraction of the run. */
export type TimescaleForm = "timescale" | "timescale-ratio";

export function isTimescale(form: LrForm): form is TimescaleForm {
  return form === "timescale" || form === "timescale-ratio";
}

/** Weight decay and sequence length of a law's runs, which stand for what a point does not say; null where unknown. */
export type RunStep = { weightDecay: number | null; seqLen: number | null };

/** The rate at which the weights of AdamW last for tau of the run (arXiv 2405.13698), at a given weight decay. */
const timescaleForms: Record<TimescaleForm, FormWords & Pick<FormDefinition, "design">> = {
  timescale: {
    equation: "eta = 1/tau * batch * seqLen / (weight decay * T)",
    coefficients: ["ln 1/tau"],
    needs: [],
    design: () => [1],
  },
  "timescale-ratio": {
    equation: "eta = 1/tau * batch * seqLen / (weight decay * T), tau = tau1 * (T / N)^m",
    coefficients: ["ln 1/tau1", "m"],
    needs: ["tokensPerParam"],
    design: (point) => [1, lnN(point) - lnT(point)],
  },
};

/** ln of the rate at which the timescale is 1, the whole run. */
function lnRateOfRun(point: LawPoint, step: RunStep | undefined): number {
  const weightDecay = point.weightDecay ?? step?.weightDecay ?? Number.NaN;
  const seqLen = point.seqLen ?? step?.seqLen ?? Number.NaN;
  return lnBatch(point) + Math.log(seqLen) - Math.log(weightDecay) - lnT(point);
}

/** ln(batch / (1 + batch / B0)). */
export function effectiveLnBatch(point: LawPoint, lnB0: number): number {
  return lnBatch(point) - Math.log1p(Math.exp(lnBatch(point) - lnB0));
}

/** Equations of the learning-rate laws. All logarithms are natural, T in tokens, batch in sequences. */
export const lrForms: Record<LrForm, FormWords> = {
  ...linearForms,
  "power-saturating": saturating,
  ...timescaleForms,
};

/** A form as a linear law; `saturation` is where the saturating one is taken for it, `step` what a timescale's runs say. */
export function definitionOf(
  form: LrForm,
  { saturation, step }: { saturation?: Saturation; step?: RunStep } = {},
): FormDefinition {
  if (isTimescale(form))
    return { ...timescaleForms[form], offset: (point) => lnRateOfRun(point, step), takesDecay: true };
  if (form !== "power-saturating") return linearForms[form];
  if (!saturation) throw new Error("a saturating law is linear at a batch alone");
  return { ...saturating, ...saturating.at(saturation) };
}

/** Law of the best batch in tokens that goes with the two forms that leave the batch free. */
export const batchForms: Partial<Record<LrForm, FormDefinition>> = {
  "step-law": {
    equation: "batch tokens = c * T^beta",
    coefficients: ["ln c", "beta"],
    needs: ["tokens"],
    design: (point) => [1, lnT(point)],
    offset: zero,
  },
  compute: {
    equation: "batch tokens = c * C^alpha, C = 6 N T",
    coefficients: ["ln c", "alpha"],
    needs: ["compute"],
    design: (point) => [1, lnC(point)],
    offset: zero,
  },
};

/** Value of a regressor named in `needs`. */
export function regressor(name: FormWords["needs"][number], point: LawPoint | FitRow): number {
  if (name === "compute") return point.params === null ? Number.NaN : 6 * point.params * point.tokens;
  if (name === "tokensPerParam") return point.params === null ? Number.NaN : point.tokens / point.params;
  return point[name] ?? Number.NaN;
}
