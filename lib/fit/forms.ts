import type { FitRow } from "./rows";
import type { LrForm } from "./settings";

/** A point at which a law is evaluated: tokens, batch in sequences, parameters, sequence length. */
export type LawPoint = { tokens: number; batchSeqs: number; params: number | null; seqLen: number | null };

/** Equation of a law: coefficients in order (the constant first), regressors, and what is subtracted from ln eta. */
export type FormDefinition = {
  equation: string;
  coefficients: string[];
  needs: ("tokens" | "batchSeqs" | "params" | "compute")[];
  design: (point: LawPoint) => number[];
  offset: (point: LawPoint) => number;
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

/** Equations of the learning-rate laws. All logarithms are natural, T in tokens, batch in sequences. */
export const lrForms: Record<LrForm, FormDefinition> = {
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
export function regressor(name: FormDefinition["needs"][number], point: LawPoint | FitRow): number {
  if (name === "compute") return point.params === null ? Number.NaN : 6 * point.params * point.tokens;
  return point[name] ?? Number.NaN;
}
