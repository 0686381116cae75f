import { ticks } from "d3-array";
import * as format from "@/lib/format";
import { GRID, valueAxis } from "../axes";
import type { ChartOption } from "../chart";
import type { ChartTheme } from "../theme";
import { type Area, along, type Frame, type LineX, type RunLine, type Span, valueAt } from "./lines";
import { rasterCanvas } from "./raster";
import "./shapes";

export const X_NAMES: Record<LineX, string> = {
  tokens: "tokens",
  step: "step",
  elapsed: "time since the first point",
  time: "time (UTC)",
};

/**
 * Above so many lines they are one image with each a device pixel wide: strokes cost many times as much and show no
 * more.
 */
const RASTER_ABOVE = 40;

interface Spec {
  lines: readonly RunLine[];
  frame: Frame;
  x: LineX;
  yName: string;
  formatY: (v: number, digits?: number) => string;
  /** Told where the plot lies whenever it is drawn. */
  placed: (area: Area) => void;
}

/** All lines as one custom series: an element a run, which reads its buckets where they lie, or one image of many. */
export function runLinesOption({ lines, frame, x, yName, formatY, placed }: Spec, theme: ChartTheme): ChartOption {
  const middle = [positionIn(frame.x), positionIn(frame.y)];
  const smoothed = lines.some((l) => l.smoothed);
  const shared = { type: "custom", coordinateSystem: "cartesian2d", clip: true, silent: true, progressive: 0 };
  const each = (type: string, style: (line: RunLine) => object) => ({
    ...shared,
    data: lines.map(() => middle),
    renderItem: (params: { dataIndex: number; coordSys: Area }) => {
      placed(params.coordSys);
      const line = lines[params.dataIndex]!;
      const shape = { line, frame, area: { ...params.coordSys } };
      return { type, shape, style: { fill: "none", lineWidth: 1.5, lineJoin: "bevel", ...style(line) }, silent: true };
    },
  });
  const image = {
    ...shared,
    data: [middle],
    renderItem: (params: { coordSys: Area }) => {
      placed(params.coordSys);
      const { x: left, y: top, width, height } = params.coordSys;
      const picture = rasterCanvas(lines, frame, params.coordSys, globalThis.devicePixelRatio || 1);
      return { type: "image", style: { image: picture, x: left, y: top, width, height }, silent: true };
    },
  };
  // In one image the pale lines behind many smoothed ones would be a grey wall.
  const drawn =
    lines.length > RASTER_ABOVE
      ? [image]
      : [
          each("envelope", (l) => ({ stroke: l.colour, opacity: smoothed ? 0.25 : 1 })),
          ...(smoothed ? [each("smoothed", (l) => ({ stroke: l.colour }))] : []),
        ];
  return {
    // ECharts would describe the places of the elements; the plot has a name, keys and a table.
    aria: { enabled: false },
    grid: { ...GRID, left: 68 },
    xAxis: { ...axis(X_NAMES[x], frame.x, formatOf(x), theme), nameGap: 28, show: lines.length > 0 },
    yAxis: { ...axis(yName, frame.y, formatY, theme), nameGap: 52, show: lines.length > 0 },
    series: [
      ...drawn,
      {
        ...shared,
        clip: false,
        data: [middle],
        renderItem: (params: { coordSys: Area }) => {
          placed(params.coordSys);
          const shape = { lines, frame, area: { ...params.coordSys } };
          return { type: "nonFinite", shape, style: { fill: theme.diverged }, silent: true };
        },
      },
    ],
  };
}

export function formatOf(x: LineX): (v: number, digits?: number) => string {
  if (x === "tokens") return (v, digits) => format.tokenCount(Math.round(v), digits);
  if (x === "elapsed") return (v) => format.duration(v / 1000);
  if (x === "time") return (v) => new Date(v).toISOString().slice(5, 19).replace("T", " ");
  return (v) => format.significant(v, 6);
}

const positionIn = (span: Span) => (along(span.min, span) + along(span.max, span)) / 2;

/** A linear axis, also for logarithms: those get ticks at round values. */
function axis(name: string, span: Span, text: (v: number, digits?: number) => string, theme: ChartTheme) {
  const [min, max] = [along(span.min, span), along(span.max, span)];
  const places = (span.log ? logTicks(span.min, span.max) : ticks(span.min, span.max, 6)).map((v) => along(v, span));
  const named = format.apart(places, (v, digits) => text(valueAt(v, span), digits));
  const base = valueAxis({ name, min, max, format: named, theme });
  return {
    ...base,
    scale: false,
    axisLabel: { ...base.axisLabel, showMinLabel: true, showMaxLabel: true, customValues: places },
    axisTick: { ...base.axisTick, customValues: places },
    splitLine: { show: false },
  };
}

/** Round values of a logarithmic axis: powers of ten, with 2 and 5 between them where it is short. */
export function logTicks(min: number, max: number): number[] {
  const decades = Math.log10(max / min);
  const factors = decades > 4 ? [1] : [1, 2, 5];
  const every = decades > 9 ? Math.ceil(decades / 8) : 1;
  const out: number[] = [];
  for (let e = Math.floor(Math.log10(min)); e <= Math.ceil(Math.log10(max)); e++) {
    if (e % every !== 0) continue;
    for (const f of factors) {
      const v = f * 10 ** e;
      if (v >= min && v <= max) out.push(v);
    }
  }
  return out.length >= 3 ? out : ticks(min, max, 5).filter((v) => v > 0);
}
