import * as format from "@/lib/format";
import { at, escapeHtml, GRID, gridAxis, robustRange, tooltip, valueAxis } from "./axes";
import type { ChartOption, ChartTable } from "./chart";
import { type ChartTheme, categoryColour, lrColour } from "./theme";

export type XAxis = "tokens" | "step" | "time";

export interface TrainingCurve {
  runId: string;
  name: string;
  peakLr: number | null;
  steps: number[];
  values: number[];
  tokens: (number | null)[];
  times: (number | null)[];
}

interface View {
  x: XAxis;
  logX: boolean;
  yName: string;
  yLog?: boolean;
  formatY: (v: number) => string;
}

/** Horizontal positions of a curve; time in seconds since its first point. */
export function xValues(c: TrainingCurve, x: XAxis): number[] {
  if (x === "step") return c.steps;
  if (x === "tokens") return c.tokens.map((t, i) => t ?? c.steps[i]!);
  const start = c.times.find((t) => t !== null) ?? 0;
  return c.times.map((t) => ((t ?? start) - start) / 1000);
}

const X_NAMES: Record<XAxis, string> = { tokens: "tokens", step: "step", time: "seconds since the first point" };
const SHOWN_QUANTILE = 0.99;

/** One line a run, coloured by its peak learning rate (cividis, dark = low). Non-finite values are marked on the top rail. */
export function trainingCurvesOption(curves: readonly TrainingCurve[], view: View, theme: ChartTheme): ChartOption {
  const lnLrs = curves.map((c) => (c.peakLr ? Math.log(c.peakLr) : Number.NaN)).filter(Number.isFinite);
  const [low, high] = [Math.min(...lnLrs), Math.max(...lnLrs)];
  const colour = (c: TrainingCurve, i: number) => {
    if (curves.length === 1) return theme.accent;
    // Where the learning rate tells nothing apart, the order does.
    if (!(high > low) || !c.peakLr) return categoryColour(i, theme);
    return lrColour((Math.log(c.peakLr) - low) / (high - low), theme);
  };
  const xs = curves.map((c) => xValues(c, view.x));
  const positive = xs.flat().filter((v) => v > 0);
  const logX = view.logX && positive.length > 0;
  const range = robustRange(
    curves.flatMap((c) => c.values),
    SHOWN_QUANTILE,
  );
  const place = (v: number) => (logX ? at(v) : v);
  const formatX = view.x === "tokens" ? format.tokenCount : (v: number) => format.significant(v, 4);
  const xAxis = logX
    ? gridAxis({
        name: X_NAMES[view.x],
        values: decades(Math.min(...positive), Math.max(...positive)),
        pad: 1,
        format: formatX,
        theme,
      })
    : valueAxis({ name: X_NAMES[view.x], format: formatX, theme, min: 0 });
  return {
    grid: { ...GRID, top: curves.length > 1 ? 34 : 16 },
    legend: {
      show: curves.length > 1 && curves.length <= 24,
      type: "scroll",
      top: 6,
      textStyle: { color: theme.text, fontSize: 11 },
      itemHeight: 8,
    },
    tooltip: {
      ...tooltip(theme),
      trigger: curves.length <= 6 ? "axis" : "item",
      formatter: (p: Tip | Tip[]) => tip(Array.isArray(p) ? p : [p], view, logX, formatX),
    },
    xAxis: { ...xAxis, nameGap: 28 },
    yAxis: {
      ...valueAxis({
        name: view.yName,
        log: view.yLog,
        ...(view.yLog ? {} : { min: range.min, max: range.max }),
        format: view.formatY,
        theme,
      }),
      nameGap: 46,
    },
    dataZoom: [{ type: "inside", zoomOnMouseWheel: "ctrl", moveOnMouseMove: "shift" }],
    series: curves.map((c, i) => ({
      type: "line",
      id: `run:${c.runId}`,
      name: c.name,
      showSymbol: c.values.length === 1,
      symbol: "circle",
      symbolSize: 5,
      triggerLineEvent: true,
      emphasis: { focus: "series", lineStyle: { width: 2.6 } },
      lineStyle: { width: 1.5, color: colour(c, i) },
      itemStyle: { color: colour(c, i) },
      data: c.values
        .map((v, k) => [place(xs[i]![k]!), Number.isFinite(v) ? v : null])
        .filter(([x]) => Number.isFinite(x)),
      markPoint: undefined,
    })),
  };
}

interface Tip {
  seriesName: string;
  color: string;
  data: [number, number | null];
}

function tip(points: Tip[], view: View, logX: boolean, formatX: (v: number) => string): string {
  const first = points[0];
  if (!first?.data) return escapeHtml(first?.seriesName ?? "");
  const x = logX ? 10 ** first.data[0] : first.data[0];
  const rows = points.map(
    (p) =>
      `<span style="color:${p.color}">●</span> ${escapeHtml(p.seriesName)}: <b>${p.data[1] === null ? "NaN" : view.formatY(p.data[1])}</b>`,
  );
  return `${X_NAMES[view.x]} ${formatX(view.x === "tokens" ? Math.round(x) : x)}<br>${rows.join("<br>")}`;
}

/** Factor-2 ticks that cover a range. */
function decades(low: number, high: number): number[] {
  const first = Math.floor(Math.log2(low));
  const last = Math.ceil(Math.log2(high));
  return Array.from({ length: Math.max(2, last - first + 1) }, (_, i) => 2 ** (first + i));
}

export function trainingCurvesTable(curves: readonly TrainingCurve[], yName: string): ChartTable {
  return {
    columns: ["run", "step", "tokens", yName],
    rows: curves.flatMap((c) => c.values.map((v, i) => [c.name, c.steps[i]!, c.tokens[i] ?? "-", v])),
  };
}
