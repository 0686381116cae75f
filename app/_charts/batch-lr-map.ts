import { contours } from "d3-contour";
import type { Optimum } from "@/lib/estimate";
import * as format from "@/lib/format";
import type { ChartOption, ChartTable } from "./chart";
import { joined, line, tips } from "./marks";
import type { ChartTheme } from "./theme";

/** Everything this far above the map's best loss has the darkest colour. */
const SHOWN_EXCESS = 0.15;
/** Up to so many rows a cell has room for a number above the dot of its optimum. */
const MOST_TALL_ROWS = 6;
/** The hidden value axes over those of the cells. */
const OVERLAY = { xAxisIndex: 1, yAxisIndex: 1 };

/**
 * Final loss over batch and learning rate for one size and token count, as excess over the best of the map. The white
 * line is the path of the optima, the thin lines join equal excess.
 */
export function batchLrMapOption(optima: readonly Optimum[], theme: ChartTheme): ChartOption {
  const grid = gridOf(optima);
  const { lrs, batches } = grid;
  const category = categoryAxis(theme);
  const overlay = { show: false, type: "value" as const };
  return {
    grid: { left: 52, right: 78, top: 14, bottom: 46 },
    tooltip: tips(theme),
    xAxis: [
      { ...category, name: "peak learning rate", nameGap: 28, data: lrs.map(format.apart(lrs, format.learningRate)) },
      { ...overlay, min: -0.5, max: lrs.length - 0.5 },
    ],
    yAxis: [
      { ...category, name: "batch (sequences)", nameGap: 32, data: batches.map(String) },
      { ...overlay, min: -0.5, max: batches.length - 0.5 },
    ],
    visualMap: {
      type: "continuous",
      min: 0,
      max: SHOWN_EXCESS,
      seriesIndex: 0,
      right: 0,
      top: "middle",
      itemHeight: 120,
      itemWidth: 12,
      text: ["≥ +15%", "best"],
      textStyle: { color: theme.muted, fontSize: 11 },
      inRange: { color: ["#fee838", "#c3b369", "#8a8678", "#575d6d", "#123570", "#00224e"] },
      calculable: false,
    },
    series: [
      {
        type: "heatmap",
        data: optima.flatMap((o) => o.points.map((p) => cell(o, p, grid))),
        itemStyle: { borderColor: theme.surface, borderWidth: 1 },
      },
      ...levelLines(optima, lrs, batches, grid.best),
      optimaPath(optima, grid),
    ],
  };
}

/** Rates and batches of the map, ascending, and the lowest loss. */
type Grid = ReturnType<typeof gridOf>;

function gridOf(optima: readonly Optimum[]) {
  const lrs = [...new Set(optima.flatMap((o) => o.points.map((p) => p.lr)))].sort((p, q) => p - q);
  const batches = [...new Set(optima.map((o) => o.dims.batchSeqs))].sort((p, q) => p - q);
  return { lrs, batches, best: bestOf(optima) };
}

function categoryAxis(theme: ChartTheme) {
  return {
    type: "category" as const,
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: theme.text, fontSize: 11 },
    nameTextStyle: { color: theme.muted, fontSize: 12 },
    nameLocation: "middle" as const,
  };
}

function cell({ dims: { batchSeqs } }: Optimum, p: Optimum["points"][number], { lrs, batches, best }: Grid) {
  const excess = p.loss === null ? Number.POSITIVE_INFINITY : p.loss / best - 1;
  const label = p.diverged ? "diverged" : `${format.loss(p.loss)} (+${format.percent(excess, 1)})`;
  const shown = p.diverged ? SHOWN_EXCESS : Math.min(excess, SHOWN_EXCESS);
  return {
    value: [lrs.indexOf(p.lr), batches.indexOf(batchSeqs), shown],
    id: p.runIds[0],
    label: {
      show: true,
      position: "inside",
      offset: [0, batches.length > MOST_TALL_ROWS ? 0 : -11],
      formatter: p.diverged ? "✕" : `+${(100 * excess).toFixed(1)}`,
      fontSize: 10,
    },
    tip: `batch ${batchSeqs} · LR ${format.learningRate(p.lr)}<br>loss <b>${label}</b>`,
  };
}

function optimaPath(optima: readonly Optimum[], { lrs, batches }: Grid) {
  const data = optima
    .filter((o) => o.estimate)
    .sort((p, q) => p.dims.batchSeqs - q.dims.batchSeqs)
    .map((o) => ({
      value: [position(lrs, o.estimate!.lr), batches.indexOf(o.dims.batchSeqs)],
      tip: `batch ${o.dims.batchSeqs}: optimum at LR <b>${format.learningRate(o.estimate!.lr)}</b>`,
    }));
  return joined(
    { color: "#ffffff", width: 2.5, shadowColor: "#000", shadowBlur: 3 },
    { ...OVERLAY, symbol: "circle", size: 11, fill: "#ffffff", edge: "#000000", edgeWidth: 2, data, z: 5 },
  );
}

/** Excess at which a contour is drawn: the plateau, and 1%, 3% and 10% of the loss. */
const LEVELS = [0.0025, 0.01, 0.03, 0.1];
/** Diverged and missing runs lie above every level. */
const BEYOND = 1;

function levelLines(optima: readonly Optimum[], lrs: number[], batches: number[], best: number) {
  if (lrs.length < 2 || batches.length < 2) return [];
  const excess = new Array<number>(lrs.length * batches.length).fill(BEYOND);
  for (const o of optima)
    for (const p of o.points) {
      if (p.loss === null) continue;
      excess[batches.indexOf(o.dims.batchSeqs) * lrs.length + lrs.indexOf(p.lr)] = p.loss / best - 1;
    }
  // d3 looks for areas above a level; the area below one is where the negative values are.
  const shapes = contours()
    .size([lrs.length, batches.length])
    .smooth(true)
    .thresholds(LEVELS.map((l) => -l).sort((p, q) => p - q))(excess.map((v) => -v));
  return shapes.flatMap((shape) =>
    shape.coordinates.flat().map((ring) =>
      line(
        { color: "#ffffff", width: 1, opacity: 0.75 },
        {
          ...OVERLAY,
          name: `+${format.percent(-shape.value, 2)}`,
          // Cell centres are at half-integers there, at integers here.
          data: ring.map(([x, y]) => [x! - 0.5, y! - 0.5]),
          z: 4,
        },
      ),
    ),
  );
}

/** Where a learning rate lies between the columns, on the log scale of the grid. */
function position(lrs: number[], lr: number): number {
  const i = lrs.findIndex((v) => v >= lr);
  if (i <= 0) return i === 0 ? 0 : lrs.length - 1;
  const [low, high] = [lrs[i - 1]!, lrs[i]!];
  return i - 1 + Math.log(lr / low) / Math.log(high / low);
}

function bestOf(optima: readonly Optimum[]): number {
  return Math.min(...optima.flatMap((o) => o.points.map((p) => p.loss ?? Number.POSITIVE_INFINITY)));
}

export function batchLrMapTable(optima: readonly Optimum[]): ChartTable {
  const best = bestOf(optima);
  return {
    columns: ["batch (seq)", "peak LR", "final loss", "excess over the best (%)"],
    rows: optima.flatMap((o) =>
      o.points.map((p) => [
        o.dims.batchSeqs,
        p.lr,
        p.loss ?? "NaN",
        p.loss === null ? "NaN" : 100 * (p.loss / best - 1),
      ]),
    ),
  };
}
