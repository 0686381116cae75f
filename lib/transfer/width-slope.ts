import { groupBy, type Optimum } from "../estimate";
import { square } from "../portable";
import { type Check, differenceVerdict, MARGIN, MARGIN_LOG2, mean, undecided } from "./check";
import { isShared, matchingOf } from "./pairs";
import { overTrunks, type TrunkMean } from "./trunks";

/**
 * How the best rate goes with the width: `slope` is d ln LR / d ln width with its standard error and 95% interval,
 * `Log2` is in octaves over the widths; `cells` and `n` count cells and optima.
 */
export type WidthSlopeEvidence = {
  parametrization: string;
  widths: number[];
  cells: number;
  n: number;
  /** Independent slopes behind the interval: one a batch and seed. */
  trunks: number;
  slope: number;
  se: number;
  low: number;
  high: number;
  /** Slope of the LR the hidden matrices get: one less than `slope` under muP, the same under the standard one. */
  scaledSlope: number;
  driftLog2: number;
  stepLog2: number;
  marginLog2: number;
};

/**
 * Check 5: slope of ln LR against ln width at equal (tokens, batch, recipe), each such cell with a constant of its own,
 * and one slope a trunk. Pass when over the range of widths the drift is shown to be within a factor 1.5; fail when it
 * is shown to be more.
 */
export function widthSlopeCheck(optima: readonly Optimum[]): Check<WidthSlopeEvidence> {
  const title = "Does the best learning rate move with width";
  const estimated = optima.filter((o) => o.estimate !== null);
  const sound = estimated.filter((o) => o.dims.width !== null);
  const open = (why: string) => undecided("width-slope", title, why);
  if (estimated.length === 0) return open("no curve has an optimum");
  if (sound.length === 0) return open("no run says its width; map it under Imports, or send it as a dimension");
  const kinds = [...new Set(sound.map(({ dims }) => kindName(dims)))];
  if (kinds.length > 1) return open(`the runs mix ${kinds.join(" and ")}`);
  const optimizers = [...new Set(sound.map(({ dims }) => dims.optimizer ?? "an unknown one"))];
  if (optimizers.length > 1) return open(`the runs mix the optimizers ${optimizers.join(" and ")}`);
  const byWidth = [...groupBy(sound, (o) => String(o.dims.width)).values()];
  const widths = byWidth.map((of) => of[0]!.dims.width!).sort((p, q) => p - q);
  if (widths.length < 2) return open("all optima have the same width");
  const trunks = trunkSlopes(byWidth);
  if (trunks.length === 0) return open("no token count and batch was run at two widths");
  const over = overTrunks(trunks);
  if (!over) return open("all pairs of widths are of one batch and seed; add another batch or seed for an interval");
  const evidence = evidenceOf(sound[0]!.dims.parametrization, widths, trunks, over);
  const range = Math.log(widths[widths.length - 1]! / widths[0]!);
  const verdict = differenceVerdict({ low: over.low * range, high: over.high * range });
  const few = verdict === "pass" || verdict === "fail" ? "" : "; another seed or batch narrows the interval";
  const drift = [over.low, over.high].map((slope) => ((slope * range) / Math.LN2).toFixed(2)).join(" to ");
  const sentence = `From width ${widths[0]} to ${widths[widths.length - 1]} the best LR goes as width^${over.mean.toFixed(2)} (95% interval ${over.low.toFixed(2)} to ${over.high.toFixed(2)}), a drift of ${evidence.driftLog2.toFixed(2)} log2 (${drift}) against ${MARGIN_LOG2.toFixed(2)}, a factor ${MARGIN}${few}.`;
  return { name: "width-slope", title, verdict, sentence, evidence };
}

type TrunkSlope = { trunk: string; value: number; cells: Optimum[][] };

/** The slope of each trunk that was run at two widths, within its cells of equal tokens. */
function trunkSlopes(byWidth: readonly Optimum[][]): TrunkSlope[] {
  const { settingOf, tokensOf } = matchingOf(byWidth);
  const seedsOf = (o: Optimum) => o.seeds.join();
  const bySeed = isShared(byWidth, seedsOf);
  const trunks = groupBy(byWidth.flat(), (o) => `${settingOf(o)}${bySeed ? ` seeds ${seedsOf(o)}` : ""}`);
  return [...trunks].flatMap(([trunk, of]) => {
    const cells = [...groupBy(of, (o) => String(tokensOf(o))).values()].filter(
      (cell) => new Set(cell.map((o) => o.dims.width)).size > 1,
    );
    const rows = cells.flatMap((cell) => {
      const x = cell.map((o) => Math.log(o.dims.width!));
      const y = cell.map((o) => Math.log(o.estimate!.lr));
      const [center, middle] = [mean(x), mean(y)];
      return x.map((v, i) => ({ x: v - center, y: y[i]! - middle }));
    });
    if (rows.length === 0) return [];
    const value = rows.reduce((sum, r) => sum + r.x * r.y, 0) / rows.reduce((sum, r) => sum + square(r.x), 0);
    return [{ trunk, value, cells }];
  });
}

function evidenceOf(
  parametrization: string,
  widths: number[],
  trunks: readonly TrunkSlope[],
  { n, mean: slope, se, low, high }: TrunkMean,
): WidthSlopeEvidence {
  const cells = trunks.flatMap((t) => t.cells);
  const steps = cells.flat().map((o) => Math.log(o.gridFactor));
  const range = Math.log(widths[widths.length - 1]! / widths[0]!);
  return {
    parametrization,
    widths,
    cells: cells.length,
    n: cells.flat().length,
    trunks: n,
    slope,
    se,
    low,
    high,
    scaledSlope: parametrization === "mup" ? slope - 1 : slope,
    driftLog2: (slope * range) / Math.LN2,
    stepLog2: mean(steps) / Math.LN2,
    marginLog2: MARGIN_LOG2,
  };
}

/** "mup dense of depth 6"; what is unknown is not named. */
function kindName({ parametrization, architecture, depth }: Optimum["dims"]): string {
  const model = [parametrization, architecture].filter((name) => name !== "unknown").join(" ") || "models";
  return depth === null ? `${model} of unknown depth` : `${model} of depth ${depth}`;
}
