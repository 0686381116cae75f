import { counted, significant } from "../format";
import { isTimescale, lrForms, regressor } from "./forms";
import type { Hypothesis } from "./hypotheses";
import { type LackOfFit, lackOfFit } from "./lack-of-fit";
import type { LossFit } from "./loss-fit";
import { formOf, type LrFit, predictLr } from "./lr-fit";
import { coefficientCorrelation } from "./regression";
import type { FitRow } from "./rows";

/** Something the reader of a fit must know, in words, with what to do about it. */
export type FitWarning = { code: string; severity: "info" | "warning"; message: string; action: string };

const WORDS = {
  tokens: "token counts",
  batchSeqs: "batches",
  params: "model sizes",
  compute: "compute budgets",
  tokensPerParam: "ratios of tokens to parameters",
} as const;
const NARROW_FACTOR = 4;

/** Warnings about a learning-rate law. `rows` are all usable optima, before a form averages or thins them. */
export function lrWarnings(fit: LrFit, rows: readonly FitRow[], hypotheses: readonly Hypothesis[]): FitWarning[] {
  return [...rangeWarnings(fit, rows), ...precisionWarnings(fit), ...assumptionWarnings(fit, rows, hypotheses)];
}

/** Where the law of a surface and that of each curve's own parabola are apart by more than the surface is sure of. */
export function apartWarnings(fit: LrFit, perCurve: LrFit): FitWarning[] {
  const gaps = fit.regression.rows.map((row) => {
    const [own, other] = [predictLr(fit, row)!, predictLr(perCurve, row)!];
    const gap = Math.abs(Math.log(other.lr / own.lr));
    const { low, high } = own.straight ?? own.confidence;
    return { gap, isBeyond: other.lr < low || other.lr > high };
  });
  const beyond = gaps.filter((g) => g.isBeyond);
  if (beyond.length === 0) return [];
  const factor = Math.exp(Math.max(...beyond.map((g) => g.gap)));
  return [
    {
      code: "surface-differs",
      severity: "info",
      message: `At ${beyond.length} of ${counted(gaps.length, "curve")} the law by each curve's own parabola lies outside this law's interval, by a factor of ${factor.toFixed(2)} at most.`,
      action: "Look at curves that are ragged, cut off or lopsided: there the two readings part.",
    },
  ];
}

function rangeWarnings(fit: LrFit, rows: readonly FitRow[]): FitWarning[] {
  const warnings: FitWarning[] = [];
  for (const need of lrForms[fit.form].needs) {
    const values = rows.map((row) => regressor(need, row));
    const distinct = new Set(values).size;
    const factor = Math.max(...values) / Math.min(...values);
    if (distinct < 3) {
      warnings.push({
        code: "few-values",
        severity: "warning",
        message: `There are only ${distinct} different ${WORDS[need]}, so the fit cannot show whether a power law holds across them.`,
        action: `Add at least one more of the ${WORDS[need]}.`,
      });
    }
    if (factor < NARROW_FACTOR) {
      warnings.push({
        code: "narrow-range",
        severity: "warning",
        message: `The ${WORDS[need]} span only a factor of ${factor.toPrecision(2)}; an exponent from less than a factor of ${NARROW_FACTOR} is weak.`,
        action: `Widen the range of ${WORDS[need]}.`,
      });
    }
  }
  warnings.push(...collinearWarnings(rows));
  if (fit.regression.conditionNumber > 30) {
    warnings.push({
      code: "ill-conditioned",
      severity: "warning",
      message: `The regressors are nearly dependent (condition number ${fit.regression.conditionNumber.toFixed(0)}).`,
      action: "Vary one dimension while the others stay fixed.",
    });
  }
  return warnings;
}

/** Sizes and lengths that go together, as with equal tokens per parameter: nothing tells their effects apart. */
function collinearWarnings(rows: readonly { params: number | null; tokens: number }[]): FitWarning[] {
  const sizes = rows.flatMap((row) => (row.params === null ? [] : [Math.log(row.params)]));
  if (sizes.length < rows.length) return [];
  const correlation = correlationOf(
    sizes,
    rows.map((row) => Math.log(row.tokens)),
  );
  if (correlation === null || Math.abs(correlation) <= 0.95) return [];
  return [
    {
      code: "size-tokens-collinear",
      severity: "warning",
      message: `Model size and token count vary together (correlation ${correlation.toFixed(2)}), so their effects cannot be told apart.`,
      action: "Add small models trained long, or large ones trained short.",
    },
  ];
}

function precisionWarnings(fit: LrFit): FitWarning[] {
  const { regression } = fit;
  const warnings: FitWarning[] = [];
  if (regression.df < 3) {
    warnings.push({
      code: "few-degrees-of-freedom",
      severity: "warning",
      message: `${counted(regression.n, "optimum", "optima")} for ${counted(regression.coefficients.length, "coefficient")} leave ${counted(regression.df, "degree")} of freedom; the intervals are hardly reliable.`,
      action: "Add curves at more token counts or batches.",
    });
  }
  for (const c of regression.coefficients.filter(({ name }) => !name.startsWith("ln "))) {
    if (c.t.low <= 0 && c.t.high >= 0) {
      warnings.push({
        code: "interval-contains-zero",
        severity: "warning",
        message: `The interval of ${c.name} (${c.t.low.toFixed(2)} to ${c.t.high.toFixed(2)}) contains 0: the data do not show that the best LR depends on it.`,
        action: "Widen the range of this dimension, or use a form without it.",
      });
    }
  }
  const last = regression.coefficients.length;
  const pairs = Array.from({ length: last }, (_, i) => Array.from({ length: i }, (_, j) => [j, i] as const)).flat();
  const tied = pairs.filter(([i, j]) => Math.abs(coefficientCorrelation(regression, i, j)) > 0.99);
  if (tied.length > 0) {
    const names = tied.map(([i, j]) => `${regression.coefficients[i]!.name} and ${regression.coefficients[j]!.name}`);
    warnings.push({
      code: "coefficients-correlated",
      severity: "info",
      message: `The errors of ${names.join(", ")} are tied together (correlation above 0.99): many different pairs fit equally well.`,
      action: "Compare predicted learning rates with their band, not the coefficients one by one.",
    });
  }
  return warnings;
}

function assumptionWarnings(fit: LrFit, rows: readonly FitRow[], hypotheses: readonly Hypothesis[]): FitWarning[] {
  const warnings: FitWarning[] = [];
  const proportional = hypotheses.find((h) => h.name === "batch-proportional");
  const isProportional = fit.form === "power" || fit.form === "power-averaged" || isTimescale(fit.form);
  if (isProportional && proportional?.rejected) {
    warnings.push({
      code: "batch-not-proportional",
      severity: "warning",
      message: `This form assumes that the best LR is proportional to the batch, but the same optima give a batch exponent of ${proportional.estimate!.toFixed(2)}. Its other coefficients then depend on which batches were run.`,
      action: "Use the form with a free batch exponent.",
    });
  }
  const lack = lackOfFit(formOf(fit), fit.regression.rows, fit.regression.scatter);
  if (lack && Math.min(lack.p, lack.pTrunks) < BENT) warnings.push(bendWarning(lack));
  const independent = hypotheses.find((h) => h.name === "size-independent");
  if (fit.form.startsWith("power") && !lrForms[fit.form].needs.includes("params") && independent?.rejected) {
    warnings.push({
      code: "size-dependent",
      severity: "warning",
      message: `This form assumes one law for all model sizes, but the same optima give a size exponent of ${independent.estimate!.toFixed(2)}.`,
      action: "Use the form with ln N, or check the parametrization.",
    });
  }
  const cells = new Map<string, Set<number>>();
  for (const row of rows) cells.set(row.sizeKey, (cells.get(row.sizeKey) ?? new Set()).add(row.tokens));
  if ([...cells.values()].some((tokens) => tokens.size > 1)) warnings.push(sharedNoise(fit));
  return warnings;
}

/** What trunks share is in the intervals where there are enough of them; what one seed gives all of them never is. */
function sharedNoise({ regression: { trunks } }: LrFit): FitWarning {
  const shared = "Runs of one size and batch share their data order, and often one trunk, across token counts.";
  return trunks
    ? {
        code: "shared-noise",
        severity: "info",
        message: `${shared} The intervals allow for it over ${trunks} trunks; what one seed does to all of them they cannot see.`,
        action: "Repeat the sweep with another seed to see the true scatter.",
      }
    : {
        code: "too-few-trunks",
        severity: "warning",
        message: `${shared} There are too few of them to tell how far their errors go together, so the intervals take all optima for independent and are too narrow, most of all those of the batch exponent.`,
        action: "Add batches, sizes or seeds.",
      };
}

/** Level at which a law is said to bend: of a hundred straight ones, one is. */
const BENT = 0.01;
const REGRESSORS: Record<string, string> = { c: "batch", b: "tokens", d: "parameters" };

function bendWarning({ F, df1, df2, p, pTrunks, bends }: LackOfFit): FitWarning {
  const most = [...bends].sort((x, y) => change(y) - change(x))[0];
  const where =
    most && REGRESSORS[most.name]
      ? ` The exponent ${most.name} is ${most.low.exponent.toFixed(2)} at ${significant(most.low.at)} ${REGRESSORS[most.name]} and ${most.high.exponent.toFixed(2)} at ${significant(most.high.at)}.`
      : "";
  const isShown = pTrunks < BENT;
  const shared = isShown
    ? ""
    : ` if optima were independent; ${pText(pTrunks)} with errors that trunks share, which so few trunks cannot tell from a bend`;
  return {
    code: "bends",
    severity: "warning",
    message: `The best rates ${isShown ? "bend" : "seem to bend"} away from this law (F(${df1}, ${df2}) = ${F.toFixed(1)}, ${pText(p)} for second-order terms${shared}).${where} Beyond the data its rate ${isShown ? "is" : "may be"} off by what its interval allows for a bend.`,
    action:
      "Fit the part of the data that lies nearest to the target, or add curves towards it; where the batch exponent falls, try the form that levels off.",
  };
}

const pText = (p: number) => (p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`);

const change = ({ low, high }: LackOfFit["bends"][number]) => Math.abs(high.exponent - low.exponent);

/** Warnings about a loss law. */
export function lossWarnings(fit: LossFit): FitWarning[] {
  const warnings: FitWarning[] = collinearWarnings(fit.rows);
  const near = fit.starts.filter((s) => s.objective <= 1.01 * fit.objective);
  const spread = (name: "alpha" | "beta") => {
    const values = near.map((s) => s[name]);
    return Math.max(...values) / Math.min(...values);
  };
  if (near.length > 1 && Math.max(spread("alpha"), spread("beta")) > 1.2) {
    warnings.push({
      code: "starts-disagree",
      severity: "warning",
      message: "Starts of the search end within 1% of the same objective but more than 20% apart in their exponents.",
      action: "Do not read the exponents; add runs with other ratios of tokens to parameters.",
    });
  }
  for (const name of ["E", "A", "B"] as const) {
    if (fit.law[name] === 0) {
      warnings.push({
        code: "term-vanished",
        severity: "warning",
        message: `The best fit sets ${name} to 0: the data show no such term.`,
        action: "Widen the range of model sizes and token counts.",
      });
    }
  }
  for (const [name, range] of [
    ["params", fit.ranges.params],
    ["tokens", fit.ranges.tokens],
  ] as const) {
    const factor = range.high / range.low;
    if (factor >= NARROW_FACTOR) continue;
    warnings.push({
      code: "narrow-range",
      severity: "warning",
      message: `The ${WORDS[name]} span only a factor of ${factor.toPrecision(2)}; an exponent from less than a factor of ${NARROW_FACTOR} is weak.`,
      action: `Widen the range of ${WORDS[name]}.`,
    });
  }
  return warnings;
}

function correlationOf(x: readonly number[], y: readonly number[]): number | null {
  const center = (values: readonly number[]) => {
    const mean = values.reduce((s, v) => s + v, 0) / values.length;
    return values.map((v) => v - mean);
  };
  const [p, q] = [center(x), center(y)];
  const scale = Math.hypot(...p) * Math.hypot(...q);
  return scale > 0 ? p.reduce((s, v, i) => s + v * q[i]!, 0) / scale : null;
}
