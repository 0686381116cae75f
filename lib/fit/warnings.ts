import { groupBy, hasResult } from "../estimate";
import { counted, learningRate, significant } from "../format";
import { type Dimension, definitionOf, dimensionNames, lossLabel, type RunPoint } from "../run";
import { lrForms, regressor, usesBestBatch } from "./forms";
import type { Hypothesis } from "./hypotheses";
import { type LackOfFit, lackOfFit } from "./lack-of-fit";
import type { LossFit } from "./loss-fit";
import type { LrFit } from "./lr-fit";
import { coefficientCorrelation } from "./regression";
import { type FitRow, type FittedOptimum, isUnbracketed } from "./rows";
import { type FitSettings, topBatchesOf } from "./settings";

/** Something the reader of a fit must know, in words, with what to do about it. */
export type FitWarning = { code: string; severity: "info" | "warning"; message: string; action: string };

const WORDS = {
  tokens: "token counts",
  batchSeqs: "batches",
  params: "model sizes",
  compute: "compute budgets",
} as const;
const NARROW_FACTOR = 4;

/** Says how many runs are on no curve because nothing says how they ended. */
export function resultWarnings(runs: readonly RunPoint[], settings: FitSettings): FitWarning[] {
  const n = runs.filter((run) => !hasResult(run, settings.loss)).length;
  if (n === 0) return [];
  return [
    {
      code: "runs-without-result",
      severity: "warning",
      message: `${counted(n, "finished run")} ${n === 1 ? "has" : "have"} no ${settings.loss === "tail" ? "tail of the training loss" : "final loss"} and ${n === 1 ? "lies" : "lie"} on no curve; what is not known is not divergence.`,
      action: "Report the loss when a run ends (finalLoss), or log it as val/loss.",
    },
  ];
}

/** Warnings about which curves a fit could use. */
export function selectionWarnings(optima: readonly FittedOptimum[], settings: FitSettings): FitWarning[] {
  const warnings: FitWarning[] = [...splitWarnings(optima), ...stabilityWarnings(optima)];
  const add = (code: string, severity: FitWarning["severity"], message: string, action: string) =>
    warnings.push({ code, severity, message, action });
  const lost = optima.filter(isUnbracketed);
  const wanted = lost.length + optima.filter((o) => o.used).length;
  if (lost.length > 0) {
    add(
      "curves-left-out",
      "warning",
      `${lost.length} of ${counted(wanted, "curve")} ${lost.length === 1 ? "has" : "have"} no bracketed optimum (${countBy(lost.map((o) => o.status))}) and ${lost.length === 1 ? "is" : "are"} left out, which can bias the law towards the middle of the grid.`,
      "Run the learning rates proposed for these curves.",
    );
  }
  const bestAlone = settings.form !== "chinchilla" && usesBestBatch(settings.form);
  const top = bestAlone ? 1 : topBatchesOf(settings);
  if (bestAlone) warnings.push(...edgeWarnings(optima));
  const lostTop = lost.filter(({ argmin, cellKey }) => {
    if (argmin === null || top === "all") return false;
    const better = optima.filter((o) => o.cellKey === cellKey && o.argmin !== null && o.argmin.loss < argmin.loss);
    return better.length < top;
  });
  if (lostTop.length > 0) {
    add(
      "top-batch-censored",
      "warning",
      `${counted(lostTop.length, "curve")} among the best ${top === 1 ? "batch" : `${top} batches`} of ${lostTop.length === 1 ? "its cell has" : "their cells have"} no bracketed optimum, so ${lostTop.length === 1 ? "that cell rests" : "those cells rest"} on fewer points.`,
      "Extend the grid of these curves first.",
    );
  }
  const edge = settings.estimator === "near-optimal" ? optima.filter((o) => o.used && o.status !== "ok") : [];
  if (edge.length > 0) {
    add(
      "near-optimal-at-edge",
      "warning",
      `${edge.length} of the curves with near-optimal runs ${edge.length === 1 ? "has" : "have"} no bracketed optimum, so better runs may lie beyond ${edge.length === 1 ? "its" : "their"} grid.`,
      "Run the learning rates proposed for these curves.",
    );
  }
  for (const [code, what, of] of MIXED) {
    const values = new Set(optima.filter((o) => o.used).map((o) => String(of(o) ?? "unknown")));
    if (values.size > 1) {
      add(
        code,
        "warning",
        `The fit pools ${values.size} ${what}: ${[...values].join("; ")}.`,
        "Fit them apart and compare them on the transfer page.",
      );
    }
  }
  return warnings;
}

/** Curves on which some seeds diverged where others had their best rate: what is left are the survivors. */
function stabilityWarnings(optima: readonly FittedOptimum[]): FitWarning[] {
  const best = (o: FittedOptimum) => o.estimate?.lr ?? o.argmin!.lr;
  const unstable = optima.filter((o) => o.used && o.points.some((p) => p.nDiverged > 0 && p.lr <= best(o)));
  if (unstable.length === 0) return [];
  const safe = unstable.map(({ points }) => {
    const first = points.findIndex((p) => p.nDiverged > 0);
    return points[first - 1]?.lr ?? 0;
  });
  const limit = Math.min(...safe);
  const said =
    limit > 0
      ? `The largest rate below which none diverged is ${learningRate(limit)}.`
      : "Some did at the lowest rate.";
  return [
    {
      code: "diverges-below-best",
      severity: "warning",
      message: `On ${counted(unstable.length, "curve")} some runs diverged at or below the best rate, which rests on those that survived. ${said}`,
      action: "Do not go above that rate in a run that is trained once, or find out why these runs diverge.",
    },
  ];
}

/** Cells whose best batch is the smallest or the largest one tried: a better one may lie beyond. */
function edgeWarnings(optima: readonly FittedOptimum[]): FitWarning[] {
  const cells = [...groupBy(optima, (o) => `${o.cellKey} seeds ${o.seeds.join()}`).values()];
  const isTaken = (o: FittedOptimum) => o.used && o.estimate !== null;
  const used = cells.filter((cell) => cell.some(isTaken));
  const best = used.map((cell) => {
    const one = cell.filter(isTaken).reduce((p, q) => (q.estimate!.loss < p.estimate!.loss ? q : p));
    const batches = cell.map((o) => o.dims.batchSeqs);
    return { at: one.dims.batchSeqs, low: Math.min(...batches), high: Math.max(...batches) };
  });
  const low = best.filter((b) => b.at === b.low).length;
  const high = best.filter((b) => b.at === b.high && b.high > b.low).length;
  if (low + high === 0) return [];
  return [
    {
      code: "best-batch-at-edge",
      severity: "warning",
      message: `In ${low + high} of ${counted(used.length, "cell")} the best batch is the smallest (${low}) or the largest (${high}) one tried, so a better one may lie beyond, and with it another rate.`,
      action: "Run smaller or larger batches at these sizes and token counts.",
    },
  ];
}

const MIXED = [
  ["mixed-architectures", "architectures", (o: FittedOptimum) => o.dims.architecture],
  ["mixed-parametrizations", "parametrizations", (o: FittedOptimum) => o.dims.parametrization],
  ["mixed-data", "data sets", (o: FittedOptimum) => o.dims.data],
  ["mixed-losses", "kinds of loss", (o: FittedOptimum) => lossLabel(o.dims) || "unnamed"],
  [
    "mixed-schedules",
    "schedules",
    ({ dims: d }: FittedOptimum) => [d.schedule, d.scheduleShape].filter(Boolean).join(" "),
  ],
  ["mixed-sequence-lengths", "sequence lengths", (o: FittedOptimum) => o.dims.seqLen],
  ["mixed-optimizers", "optimizers", (o: FittedOptimum) => o.dims.optimizer],
  ["mixed-weight-decays", "weight decays", weightDecayOf],
  ["mixed-beta2", "values of beta 2", (o: FittedOptimum) => o.dims.beta2],
  ["mixed-base-widths", "base widths", (o: FittedOptimum) => o.dims.baseWidth],
  ["mixed-base-depths", "base depths", (o: FittedOptimum) => o.dims.baseDepth],
  ["mixed-recipes", "recipes", (o: FittedOptimum) => o.dims.recipe],
] as const;

function weightDecayOf({ dims: { weightDecay, weightDecayConvention: convention } }: FittedOptimum): string | null {
  return weightDecay == null ? null : `${weightDecay}${convention ? ` (${convention})` : ""}`;
}

type Told = Dimension & keyof FittedOptimum["dims"];
const told = dimensionNames.filter((d) => definitionOf(d).role === "recipe") as Told[];

/** Curves with too few rates that would be one curve if nobody had told their recipes apart. */
function splitWarnings(optima: readonly FittedOptimum[]): FitWarning[] {
  const few = optima.filter((o) => o.status === "too-few");
  const like = (o: FittedOptimum) =>
    JSON.stringify([o.sizeKey, ...Object.entries(o.dims).filter(([d]) => !told.includes(d as Told)), o.seeds]);
  const split = [...groupBy(few, like).values()].filter((group) => group.length > 1).flat();
  if (split.length === 0) return [];
  const differ = told.filter((d) => new Set(split.map((o) => o.dims[d])).size > 1).map((d) => definitionOf(d).label);
  return [
    {
      code: "split-by-recipe",
      severity: "warning",
      message: `${split.length} curves have too few learning rates because their runs differ in more than the rate: ${differ.join(", ").toLowerCase()}.`,
      action:
        "The project's imports page says in which keys of their configs recipes differ; leave out there what cannot change training.",
    },
  ];
}

/** Warnings about a learning-rate law. `rows` are all usable optima, before a form averages or thins them. */
export function lrWarnings(fit: LrFit, rows: readonly FitRow[], hypotheses: readonly Hypothesis[]): FitWarning[] {
  return [...rangeWarnings(fit, rows), ...precisionWarnings(fit), ...assumptionWarnings(fit, rows, hypotheses)];
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
  const sizes = rows.flatMap((row) => (row.params === null ? [] : [Math.log(row.params)]));
  const correlation =
    sizes.length === rows.length
      ? correlationOf(
          sizes,
          rows.map((row) => Math.log(row.tokens)),
        )
      : null;
  if (correlation !== null && Math.abs(correlation) > 0.95) {
    warnings.push({
      code: "size-tokens-collinear",
      severity: "warning",
      message: `Model size and token count vary together (correlation ${correlation.toFixed(2)}), so their effects cannot be told apart.`,
      action: "Add small models trained long, or large ones trained short.",
    });
  }
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
  for (const c of regression.coefficients.slice(1)) {
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
  if ((fit.form === "power" || fit.form === "power-averaged") && proportional?.rejected) {
    warnings.push({
      code: "batch-not-proportional",
      severity: "warning",
      message: `This form assumes that the best LR is proportional to the batch, but the same optima give a batch exponent of ${proportional.estimate!.toFixed(2)}. Its exponent b then depends on which batches were run.`,
      action: "Use the form with a free batch exponent.",
    });
  }
  const lack = lackOfFit(lrForms[fit.form], fit.regression.rows);
  if (lack && lack.p < BENT) warnings.push(bendWarning(lack));
  const independent = hypotheses.find((h) => h.name === "size-independent");
  if (fit.form.startsWith("power") && fit.form !== "power-free-size" && independent?.rejected) {
    warnings.push({
      code: "size-dependent",
      severity: "warning",
      message: `This form assumes one law for all model sizes, but the same optima give a size exponent of ${independent.estimate!.toFixed(2)}.`,
      action: "Use the form with ln N, or check the parametrization.",
    });
  }
  const cells = new Map<string, Set<number>>();
  for (const row of rows) cells.set(row.sizeKey, (cells.get(row.sizeKey) ?? new Set()).add(row.tokens));
  if ([...cells.values()].some((tokens) => tokens.size > 1)) {
    warnings.push({
      code: "shared-noise",
      severity: "warning",
      message:
        "Runs of one size and seed share their data order, and often one trunk, across token counts. Their errors go together, so standard errors and the bootstrap over cells are too small, most of all those of the batch exponent.",
      action: "Repeat the sweep with another seed to see the true scatter.",
    });
  }
  return warnings;
}

/** Level at which a law is said to bend: of a hundred straight ones, one is. */
const BENT = 0.01;
const REGRESSORS: Record<string, string> = { c: "batch", b: "tokens", d: "parameters" };

function bendWarning({ F, df1, df2, p, bends }: LackOfFit): FitWarning {
  const most = [...bends].sort((x, y) => change(y) - change(x))[0];
  const where =
    most && REGRESSORS[most.name]
      ? ` The exponent ${most.name} is ${most.low.exponent.toFixed(2)} at ${significant(most.low.at)} ${REGRESSORS[most.name]} and ${most.high.exponent.toFixed(2)} at ${significant(most.high.at)}.`
      : "";
  return {
    code: "bends",
    severity: "warning",
    message: `The best rates bend away from this law (F(${df1}, ${df2}) = ${F.toFixed(1)}, p ${p < 0.001 ? "< 0.001" : `= ${p.toFixed(3)}`} for second-order terms).${where} Beyond the data it is off by more than its interval says.`,
    action: "Fit the part of the data that lies nearest to the target, or add curves towards it.",
  };
}

const change = ({ low, high }: LackOfFit["bends"][number]) => Math.abs(high.exponent - low.exponent);

/** Warnings about a loss law. */
export function lossWarnings(fit: LossFit): FitWarning[] {
  const warnings: FitWarning[] = [];
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

function countBy(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const v of values) counts.set(v, (counts.get(v) ?? 0) + 1);
  return [...counts].map(([v, n]) => `${n} ${v}`).join(", ");
}
