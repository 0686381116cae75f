import { counted } from "../format";
import { power, square } from "../portable";
import type { ParamDefinition } from "../run";
import { bendOf, bentAt, bentDegrees, both, halfWidth, type LawBend } from "./bend";
import { degreesAt } from "./degrees";
import {
  batchForms,
  definitionOf,
  effectiveLnBatch,
  type FormDefinition,
  type FormWords,
  isTimescale,
  type LawPoint,
  lrForms,
  type RunStep,
  regressor,
  type Saturation,
} from "./forms";
import { dot, quadratic } from "./linear";
import { momentScatter } from "./mixed";
import type { NotIdentifiable } from "./not-identifiable";
import { lnBatchTokens, lnLr, measuredVariance, type Regression, regress } from "./regression";
import { averagedRows, bestBatchRows, type FitRow } from "./rows";
import { runStepOf } from "./run-step";
import { type FTest, saturationOf, saturationTest } from "./saturation";
import { type FitSettings, type LrForm, usesBestBatch } from "./settings";

/** In the unit of what it is a range of. */
export type Range = { low: number; high: number };

/**
 * A law of the best learning rate. `law` has the coefficients by name, the constant as itself rather than its log.
 * `ranges` are those of its optima: tokens, batches in sequences, parameters, compute in FLOP, tokens per parameter.
 */
export type LrFit = {
  kind: "lr";
  form: LrForm;
  paramDefinition: ParamDefinition;
  law: Record<string, number>;
  regression: Regression;
  /** Variance of ln eta of one optimum about the law; the regression's own where its rows are single optima. */
  optimumVariance?: number;
  /** Degrees of freedom of that variance; the regression's own where it is not said. */
  optimumDf?: number;
  /** Law of the best batch in tokens, for the forms that leave the batch free. */
  batch: Regression | null;
  ranges: { tokens: Range; batchSeqs: Range; params: Range | null; compute?: Range; tokensPerParam?: Range };
  largestLr: number;
  /** Of a saturating law: where it is linear, and the test of the power law without a B0 against it. */
  saturation?: Saturation & { test: FTest | null };
  /** Of a law of a timescale: weight decay and sequence length of its runs. */
  step?: RunStep;
  /** What intervals outside the data allow for; laws that are only compared, and results before method 4, have none. */
  bend?: LawBend | null;
};

/** A law's form as a linear one. */
export function formOf(fit: Pick<LrFit, "form" | "saturation" | "step">): FormDefinition {
  return definitionOf(fit.form, fit);
}

/** The best peak rate at a point; ranges are of learning rates. */
export type LrPrediction = {
  lr: number;
  /** Standard error of ln LR on the law itself, without the scatter of single optima. */
  se: number;
  /** Degrees of freedom with which the law's error follows Student's t. */
  df: number;
  /** Learning rates of the law, and of one new optimum, whether the law goes on straight or bends. */
  confidence: Range;
  prediction: Range;
  /** The law's own interval, which holds if it goes on straight. Left out, like `bent`, where the law has no bend. */
  straight?: Range;
  /** The rate by the law that may bend, and the standard error of its ln. */
  bent?: { lr: number; se: number };
  /** How far outside the fitted range the point lies, as a factor; 1 inside. */
  extrapolation: {
    tokens: number;
    batchSeqs: number;
    params: number;
    compute: number;
    tokensPerParam: number;
    largest: number;
  };
};

/**
 * Fits a learning-rate law to the rows of the used optima; unless it is `judged`, nothing is withheld from it. It goes on
 * straight: `mayBend` makes one whose intervals allow for a bend.
 */
export function fitLr(
  form: LrForm,
  rows: readonly FitRow[],
  settings: FitSettings,
  judged = true,
): LrFit | NotIdentifiable {
  const chosen = observations(form, rows, settings);
  const problem = identifiability(
    lrForms[form],
    chosen.filter((row) => row.bracketed),
  );
  if (problem) return problem;
  const step = isTimescale(form) ? runStepOf(chosen) : undefined;
  if (step && "reason" in step) return step;
  const saturation = form === "power-saturating" ? saturationOf(chosen, settings) : undefined;
  if (saturation && "reason" in saturation) return saturation;
  const definition = definitionOf(form, { saturation, step });
  const regression = regress(definition, chosen, settings, lnLr(definition), judged);
  if (!regression) {
    return {
      reason: "dependent",
      message: `${counted(chosen.length, "optimum does", "optima do")} not separate the coefficients of ${definition.equation}: the regressors vary together.`,
    };
  }
  const batchForm = batchForms[form];
  return {
    kind: "lr",
    form,
    paramDefinition: settings.paramDefinition,
    law: Object.fromEntries(
      regression.coefficients.map(({ name, value }) =>
        name.startsWith("ln ") ? [name.slice(3), Math.exp(value)] : [name, value],
      ),
    ),
    regression,
    ...(saturation && { saturation: { ...saturation, test: saturationTest(definition, regression) } }),
    ...(step && { step }),
    ...optimumScatter({ form, definition }, regression, rows),
    batch: batchForm && distinctBatches(chosen) > 1 ? regress(batchForm, chosen, settings, lnBatchTokens) : null,
    ranges: {
      tokens: rangeOf(rows.map((row) => row.tokens)),
      batchSeqs: rangeOf(rows.map((row) => row.batchSeqs)),
      ...sizeRanges(rows),
    },
    largestLr: Math.max(...rows.map((row) => row.lr)),
  };
}

/** The law with what its intervals outside the data need. */
export function mayBend(fit: LrFit): LrFit {
  return { ...fit, bend: bendOf(formOf(fit), fit.regression) };
}

/**
 * Best LR at a point with its 95% (or `level`) bands: `confidence` for the law, `prediction` for one new optimum. Each
 * is the hull of the straight law's and that of the law that may bend. Null where the law needs a parameter count and
 * the point has none.
 */
export function predictLr(fit: LrFit, point: LawPoint, level = 0.95): LrPrediction | null {
  const definition = formOf(fit);
  const x = definition.design(point);
  const { regression } = fit;
  const coefficients = regression.coefficients.map((c) => c.value);
  const center = dot(x, coefficients) + definition.offset(point);
  if (!Number.isFinite(center)) return null;
  const variance = quadratic(x, regression.covariance);
  const df = degreesAt(definition, regression, x);
  const scatter = fit.optimumVariance ?? regression.variance;
  const single = { own: scatter, df: fit.optimumDf ?? regression.df };
  const told = { own: variance, df };
  const own = around(center, halfWidth(variance, told, level));
  const ownOptimum = around(center, halfWidth(variance + scatter, both(told, single), level));
  const extrapolation = extrapolationOf(fit, point);
  const shared = { lr: Math.exp(center), se: Math.sqrt(variance), df };
  if (!fit.bend) return { ...shared, confidence: own, prediction: ownOptimum, extrapolation };
  const bent = bentAt(fit.bend, definition, point);
  const bentTold = bentDegrees(fit.bend, { form: definition, regression }, point) ?? told;
  const law = around(bent.center, halfWidth(bent.variance, bentTold, level));
  const optimum = around(bent.center, halfWidth(bent.variance + scatter, both(bentTold, single), level));
  return {
    ...shared,
    confidence: hull(own, law),
    // No surer than the law, whose fewer degrees of freedom can make it the wider of the two.
    prediction: hull(hull(own, law), hull(ownOptimum, optimum)),
    straight: own,
    bent: { lr: Math.exp(bent.center), se: Math.sqrt(bent.variance) },
    extrapolation,
  };
}

const around = (center: number, half: number): Range => ({
  low: Math.exp(center - half),
  high: Math.exp(center + half),
});

const hull = (p: Range, q: Range): Range => ({ low: Math.min(p.low, q.low), high: Math.max(p.high, q.high) });

/** Best batch in tokens at a point, for the forms that have a batch law. */
export function predictBatchTokens(fit: LrFit, point: LawPoint): number | null {
  const definition = batchForms[fit.form];
  if (!definition || !fit.batch) return null;
  const value = dot(
    definition.design(point),
    fit.batch.coefficients.map((c) => c.value),
  );
  const batch = Math.exp(value);
  return batch > 0 && Number.isFinite(batch) ? batch : null;
}

/**
 * The eta = batch a T^b that equals a law at one batch and size (for laws of a timescale, weight decay and sequence
 * length too); null for forms that do not hold the batch fixed.
 */
export function powerLawAt(
  fit: LrFit,
  { batchSeqs, params, seqLen = null, weightDecay }: Pick<LawPoint, "batchSeqs" | "params"> & Partial<LawPoint>,
): { a: number; b: number } | null {
  const { law } = fit;
  switch (fit.form) {
    case "timescale":
    case "timescale-ratio": {
      const at = predictLr(fit, { batchSeqs, params, seqLen, weightDecay, tokens: 1 });
      return at && { a: at.lr / batchSeqs, b: -1 - (law.m ?? 0) };
    }
    case "power":
    case "power-averaged":
      return { a: law.a!, b: law.b! };
    case "power-free":
      return { a: law.A! * power(batchSeqs, law.c! - 1), b: law.b! };
    case "power-free-size":
      if (params === null) return null;
      return { a: law.A! * power(batchSeqs, law.c! - 1) * power(params, law.d!), b: law.b! };
    case "power-saturating": {
      if (params === null) return null;
      const effective = effectiveLnBatch({ batchSeqs, params, tokens: 1, seqLen: null }, Math.log(law.B0!));
      const a = law.A! * Math.exp(law.c! * effective) * power(params, law.d!);
      return { a: a / batchSeqs, b: law.b! };
    }
    default:
      return null;
  }
}

/** Keys of the curves that a law rests on: of some forms the best batch of each size and tokens alone. */
export function curvesBehind(fit: LrFit): Set<string> {
  return new Set(fit.regression.rows.flatMap((row) => row.curveKeys));
}

/** Whether the law needs a parameter count. */
export function knowsSize(fit: Pick<LrFit, "form">): boolean {
  return lrForms[fit.form].needs.some((need) => need === "params" || need === "compute" || need === "tokensPerParam");
}

/** Whether the law takes the best batch of each size and tokens alone. */
export function takesBestBatch(fit: LrFit): boolean {
  return usesBestBatch(fit.form);
}

/** What the law of the best batch counts it in: sequences where the runs have no sequence length. */
export function batchUnit(fit: LrFit): "tokens" | "sequences" {
  return fit.regression.rows.some((row) => row.seqLen === null) ? "sequences" : "tokens";
}

/** Rows in the shape the form takes: the best batch of each cell, the mean of a cell, or all. */
function observations(form: LrForm, rows: readonly FitRow[], settings: FitSettings): readonly FitRow[] {
  if (form === "power-averaged") return averagedRows(rows);
  return usesBestBatch(form) && settings.estimator !== "near-optimal" ? bestBatchRows(rows) : rows;
}

/**
 * Variance of ln eta of a new optimum about the law, in a trunk of its own, and its degrees of freedom (Satterthwaite).
 * What optima of one trunk share is told from what each has of its own, as coefficients take up more of the former.
 */
function optimumScatter(
  { form, definition: { design, offset } }: { form: LrForm; definition: FormDefinition },
  regression: Regression,
  rows: readonly FitRow[],
) {
  const law = regression.coefficients.map((c) => c.value);
  const residuals = rows.map((row) => Math.log(row.lr) - offset(row) - dot(design(row), law));
  const trunks = rows.map((row) => row.trunkKey);
  const ownScatter = form === "power-averaged" ? null : regression.scatter;
  const found = ownScatter ?? momentScatter(residuals, trunks, law.length);
  const measured = ownScatter ? measuredVariance(rows) : 0;
  const count = new Set(trunks).size;
  const [between, within] = [Math.max(1, count - law.length), Math.max(1, rows.length - count)];
  const own = found.curve + measured;
  const variance = Math.max(own + found.trunk, regression.variance);
  return {
    optimumVariance: variance,
    optimumDf:
      own + found.trunk > 0
        ? square(own + found.trunk) / (square(found.trunk) / between + square(own) / within)
        : between,
  };
}

function distinctBatches(rows: readonly FitRow[]): number {
  return new Set(rows.map(lnBatchTokens)).size;
}

function extrapolationOf(fit: LrFit, point: LawPoint): LrPrediction["extrapolation"] {
  const factor = (value: number | null, range: Range | null = null) =>
    value === null || range === null ? 1 : Math.max(1, value / range.high, range.low / value);
  const tokens = factor(point.tokens, fit.ranges.tokens);
  const batchSeqs = usesBestBatch(fit.form) ? 1 : factor(point.batchSeqs, fit.ranges.batchSeqs);
  const params = factor(point.params, fit.ranges.params);
  const compute = factor(computeOf(point), fit.ranges.compute);
  const tokensPerParam = factor(tokensPerParamOf(point), fit.ranges.tokensPerParam);
  const largest = Math.max(tokens, batchSeqs, params, compute, tokensPerParam);
  return { tokens, batchSeqs, params, compute, tokensPerParam, largest };
}

type Sized = Pick<LawPoint, "tokens" | "params">;

/** C = 6 N T; null without a parameter count. */
export function computeOf({ tokens, params }: Sized): number | null {
  return params === null ? null : 6 * params * tokens;
}

export function tokensPerParamOf({ tokens, params }: Sized): number | null {
  return params === null ? null : tokens / params;
}

/** What size and tokens make together is a range of its own: nine times out in both is 81 times out in compute. */
function sizeRanges(rows: readonly FitRow[]): Pick<LrFit["ranges"], "params" | "compute" | "tokensPerParam"> {
  if (rows.some((row) => row.params === null)) return { params: null };
  return {
    params: rangeOf(rows.map((row) => row.params!)),
    compute: rangeOf(rows.map((row) => computeOf(row)!)),
    tokensPerParam: rangeOf(rows.map((row) => tokensPerParamOf(row)!)),
  };
}

const NO_PARAMS =
  "Some optima have no parameter count, which this form needs: take N by a definition that all runs have, or map it.";

function identifiability(definition: FormWords, rows: readonly FitRow[]): NotIdentifiable | null {
  const words = {
    ...{ tokens: "token count", batchSeqs: "batch", params: "parameter count", compute: "compute" },
    tokensPerParam: "ratio of tokens to parameters",
  };
  if (rows.length === 0) {
    return { reason: "no-optima", message: "No curve has a bracketed optimum yet, so there is nothing to fit." };
  }
  for (const need of definition.needs) {
    const values = rows.map((row) => regressor(need, row));
    if (values.some(Number.isNaN)) {
      return { reason: "no-params", message: NO_PARAMS };
    }
    if (new Set(values).size < 2) {
      return {
        reason: "one-value",
        message: `${rows.length === 1 ? `There is one optimum, at one ${words[need]}` : `All ${rows.length} optima have the same ${words[need]}`} (${values[0]}), so its exponent cannot be determined. Add runs at another ${words[need]}.`,
      };
    }
  }
  const p = definition.coefficients.length;
  if (rows.length <= p) {
    return {
      reason: "too-few-optima",
      message: `${definition.equation} has ${counted(p, "coefficient")} and there ${rows.length === 1 ? "is" : "are"} only ${counted(rows.length, "optimum", "optima")}; at least ${p + 1} are needed.`,
    };
  }
  return null;
}

export function rangeOf(values: readonly number[]): Range {
  return { low: Math.min(...values), high: Math.max(...values) };
}
