import { cellOfSeeds, groupBy, hasResult } from "../estimate";
import { counted, learningRate } from "../format";
import { type Dimension, definitionOf, dimensionNames, type lossLabel, lossLabels, type RunPoint } from "../run";
import { type FittedOptimum, isUnbracketed, takesEveryCurve } from "./rows";
import { type FitSettings, topBatchesOf, usesBestBatch } from "./settings";
import type { FitWarning } from "./warnings";

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
  warnings.push(...unbracketedWarnings(optima, settings));
  const edge = settings.estimator === "near-optimal" ? optima.filter((o) => o.used && o.status !== "ok") : [];
  if (edge.length > 0) {
    add(
      "near-optimal-at-edge",
      "warning",
      `${edge.length} of the curves with near-optimal runs ${edge.length === 1 ? "has" : "have"} no bracketed optimum, so better runs may lie beyond ${edge.length === 1 ? "its" : "their"} grid.`,
      "Run the learning rates proposed for these curves.",
    );
  }
  const labelOf = lossLabels(optima.map((o) => o.dims));
  for (const [code, what, of] of MIXED) {
    const values = new Set(optima.filter((o) => o.used).map((o) => String(of(o, labelOf) ?? "unknown")));
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

/** Curves of a surface whose optimum lies beyond their grid, or is not told from it. */
function unbracketedWarnings(optima: readonly FittedOptimum[], settings: FitSettings): FitWarning[] {
  const open = takesEveryCurve(settings) ? optima.filter((o) => o.used && o.status !== "ok") : [];
  if (open.length === 0) return [];
  return [
    {
      code: "unbracketed-curves",
      severity: "info",
      message: `${open.length} of ${counted(optima.filter((o) => o.used).length, "curve")} ${open.length === 1 ? "has" : "have"} no bracketed optimum (${countBy(open.map((o) => o.status))}) and ${open.length === 1 ? "counts" : "count"} by the shape that all curves share, the less the farther the optimum lies outside the grid.`,
      action: "Run the learning rates proposed for these curves to be sure of them.",
    },
  ];
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
  const cells = [...groupBy(optima, cellOfSeeds).values()];
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
  ["mixed-losses", "kinds of loss", (o: FittedOptimum, labelOf: typeof lossLabel) => labelOf(o.dims) || "unnamed"],
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

function countBy(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const v of values) counts.set(v, (counts.get(v) ?? 0) + 1);
  return [...counts].map(([v, n]) => `${n} ${v}`).join(", ");
}
