import tQuantile from "@stdlib/stats-base-dists-t-quantile";
import { groupBy, type Optimum } from "../estimate";
import { leastSquares } from "../fit";
import { type Check, mean } from "./check";

export type WidthSlopeEvidence = {
  parametrization: string;
  widths: number[];
  cells: number;
  n: number;
  slope: number;
  se: number;
  low: number;
  high: number;
  /** Slope of the LR the hidden matrices get: one less than `slope` under muP, the same under the standard one. */
  scaledSlope: number;
  driftLog2: number;
  stepLog2: number;
};

/**
 * Check 5: slope of ln LR against ln width at equal (tokens, batch), each such cell with a constant of its own.
 * Pass when the drift over the range of widths is at most one grid step; fail when even the near end of the 95%
 * interval exceeds it.
 */
export function widthSlopeCheck(optima: readonly Optimum[]): Check<WidthSlopeEvidence> {
  const title = "Does the best learning rate move with width";
  const undecided = (why: string): Check<WidthSlopeEvidence> => ({
    name: "width-slope",
    title,
    verdict: "inconclusive",
    sentence: `Not decided: ${why}.`,
    evidence: null,
  });
  const estimated = optima.filter((o) => o.estimate !== null);
  const sound = estimated.filter((o) => o.dims.width !== null);
  if (estimated.length === 0) return undecided("no curve has an optimum");
  if (sound.length === 0) return undecided("no run says its width; map it under Imports, or send it as a dimension");
  const kinds = [...new Set(sound.map(({ dims }) => kindName(dims)))];
  if (kinds.length > 1) return undecided(`the runs mix ${kinds.join(" and ")}`);
  const widths = [...new Set(sound.map((o) => o.dims.width!))].sort((p, q) => p - q);
  if (widths.length < 2) return undecided("all optima have the same width");
  const cells = [
    ...groupBy(sound, (o) => `T${o.dims.tokens} B${o.dims.batchSeqs} L${o.dims.seqLen} ${o.dims.schedule}`).values(),
  ].filter((cell) => new Set(cell.map((o) => o.dims.width)).size > 1);
  if (cells.length === 0) return undecided("no token count and batch was run at two widths");
  const fit = withinCells(cells);
  if (!fit) return undecided("too few optima for an interval; add a third width or another token count");
  const stepLn = mean(cells.flat().map((o) => Math.log(o.gridFactor)));
  const range = Math.log(widths[widths.length - 1]! / widths[0]!);
  const parametrization = sound[0]!.dims.parametrization;
  const evidence: WidthSlopeEvidence = {
    parametrization,
    widths,
    cells: cells.length,
    n: cells.flat().length,
    ...fit,
    scaledSlope: parametrization === "mup" ? fit.slope - 1 : fit.slope,
    driftLog2: (fit.slope * range) / Math.LN2,
    stepLog2: stepLn / Math.LN2,
  };
  const nearest = fit.low <= 0 && fit.high >= 0 ? 0 : Math.min(Math.abs(fit.low), Math.abs(fit.high));
  const verdict = Math.abs(fit.slope) * range <= stepLn ? "pass" : nearest * range > stepLn ? "fail" : "warn";
  const sentence = `From width ${widths[0]} to ${widths[widths.length - 1]} the best LR goes as width^${fit.slope.toFixed(2)} (95% interval ${fit.low.toFixed(2)} to ${fit.high.toFixed(2)}), a drift of ${evidence.driftLog2.toFixed(2)} log2 against a grid step of ${evidence.stepLog2.toFixed(2)}.`;
  return { name: "width-slope", title, verdict, sentence, evidence };
}

function withinCells(cells: readonly Optimum[][]) {
  const rows = cells.flatMap((cell, c) =>
    cell.map((o) => ({
      x: [Math.log(o.dims.width!), ...cells.map((_, j) => (j === c ? 1 : 0))],
      y: Math.log(o.estimate!.lr),
    })),
  );
  const fit = leastSquares(
    rows.map((r) => r.x),
    rows.map((r) => r.y),
  );
  if (!fit) return null;
  const slope = fit.coefficients[0]!;
  const se = Math.sqrt(fit.covariance[0]![0]!);
  const half = tQuantile(0.975, fit.df) * se;
  return { slope, se, low: slope - half, high: slope + half };
}

/** "mup dense of depth 6"; what is unknown is not named. */
function kindName({ parametrization, architecture, depth }: Optimum["dims"]): string {
  const model = [parametrization, architecture].filter((name) => name !== "unknown").join(" ") || "models";
  return depth === null ? `${model} of unknown depth` : `${model} of depth ${depth}`;
}
