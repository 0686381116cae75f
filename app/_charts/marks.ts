import { tooltip } from "./axes";
import { type ChartTheme, categoryColour, SHAPES } from "./theme";

/** What a chart is a list of: lines, dots, crosses, segments, bands and levels. */

export type Place = readonly number[];
type Tip = string | (() => string);

interface Item {
  value: Place;
  /** What a click on it chooses. */
  id?: string;
  /** HTML of its tooltip; a function is called when it is shown. */
  tip?: Tip;
  symbol?: string;
  symbolRotate?: number;
  itemStyle?: { color?: string; borderColor?: string };
}

interface Shared {
  name?: string;
  z?: number;
  clip?: boolean;
  xAxisIndex?: number;
  yAxisIndex?: number;
}

interface Dots extends Shared {
  data: readonly Item[];
  size: number;
  fill?: string;
  edge?: string;
  edgeWidth?: number;
  /** 0.8 where it is not given. */
  opacity?: number;
  symbol?: string;
}

interface Stroke {
  color: string;
  width: number;
  type?: "solid" | "dashed" | "dotted" | readonly number[];
  opacity?: number;
}

const CROSS = "path://M0,0L10,10M10,0L0,10";

/** A stroke with nothing on it to point at; a legend shows it in `fill`. */
export function line(lineStyle: Stroke, { fill, ...rest }: Shared & { data: readonly Place[]; fill?: string }) {
  return {
    type: "line",
    silent: true,
    symbol: "none",
    lineStyle,
    ...(fill && { itemStyle: { color: fill } }),
    ...rest,
  };
}

/** Places to point at. */
export function dots({ size, fill, edge, edgeWidth = 1, opacity, ...rest }: Dots) {
  const itemStyle = {
    ...(fill && { color: fill }),
    ...(edge && { borderColor: edge, borderWidth: edgeWidth }),
    ...(opacity && { opacity }),
  };
  return { type: "scatter", symbolSize: size, itemStyle, ...rest };
}

/** Places to point at, joined by a line. */
export function joined(lineStyle: Stroke & { shadowColor?: string; shadowBlur?: number }, places: Dots) {
  return { ...dots(places), type: "line", lineStyle };
}

export function crosses({ color, ...rest }: Shared & { color: string; data: readonly Item[] }) {
  return dots({ size: 9, fill: color, edge: color, edgeWidth: 2, symbol: CROSS, ...rest });
}

export interface DrawApi {
  value: (i: number) => number;
  coord: (p: Place) => [number, number];
}

/** Horizontal strokes, each `[x, y, from, to]`. */
export function segments({ style, ...rest }: Shared & { style: Record<string, unknown>; data: readonly Place[] }) {
  const renderItem = (_: unknown, api: DrawApi) => {
    const [x1, y] = api.coord([api.value(2), api.value(1)]);
    const [x2] = api.coord([api.value(3), api.value(1)]);
    return { type: "line", shape: { x1, y1: y, x2, y2: y }, style };
  };
  return { type: "custom", silent: true, clip: true, encode: { x: [0, 2, 3], y: 1 }, renderItem, ...rest };
}

/** The area between two lines, with an edge around it where that has an opacity. */
export function band(
  name: string,
  { low, high }: { low: readonly Place[]; high: readonly Place[] },
  { fill, opacity, edgeOpacity }: { fill: string; opacity: number; edgeOpacity?: number },
) {
  const renderItem = (_: unknown, api: DrawApi) => {
    const shape = { points: [...high, ...[...low].reverse()].map((p) => api.coord(p)) };
    const filled = { type: "polygon", shape, style: { fill, opacity } };
    if (edgeOpacity === undefined) return filled;
    const edge = { fill: "none", stroke: fill, opacity: edgeOpacity, lineWidth: 1 };
    return { type: "group", children: [filled, { type: "polygon", shape, style: edge }] };
  };
  return { type: "custom", name, silent: true, clip: true, data: [low[0]!], renderItem };
}

/** A line right across the plot at one place of an axis, with its name at its end. */
export type Level = ({ xAxis: number } | { yAxis: number }) & {
  name?: string;
  lineStyle: { color: string; type: "solid" | "dashed"; width?: number };
  label?: { color: string; position?: string; distance?: number; fontSize?: number };
};

export function levels(data: readonly Level[]) {
  const shown = data.map(({ name, label, ...level }) => ({
    ...level,
    label: name ? { formatter: name, position: "insideEndTop", fontSize: 10, ...label } : { show: false },
  }));
  return { type: "line", data: [], markLine: { silent: true, symbol: "none", precision: 12, data: shown } };
}

/** All between two places of the vertical axis. */
export function belt(low: number, high: number, color: string) {
  const markArea = { silent: true, itemStyle: { color, opacity: 0.13 }, data: [[{ yAxis: low }, { yAxis: high }]] };
  return { type: "line", data: [], markArea };
}

/** Tooltips of what is pointed at. */
export const tips = (theme: ChartTheme) => ({ ...tooltip(theme), trigger: "item" as const, formatter: markTip });

export function markTip({ data }: { data?: { tip?: Tip } }): string {
  const tip = data?.tip;
  return (typeof tip === "function" ? tip() : tip) ?? "";
}

/** Names of series in one row, which scrolls where it is too long. */
export function legend<More extends object>(theme: ChartTheme, more: More) {
  return { type: "scroll", top: 6, itemHeight: 9, textStyle: { color: theme.text, fontSize: 11 }, ...more };
}

/** From here on points are drawn as one path a series, without the growth under the pointer. */
const MANY = 400;

/** One of many dots that are told apart by group, batch, kind and choice. */
export interface Mark {
  /** What a click on it chooses. */
  id: string | undefined;
  value: [number, number];
  /** Name in the legend, which gives the colour. */
  group: string;
  /** Position of its batch among all, which gives the shape. */
  batch: number;
  /** Filled: counts; hollow: does not; cross: taken out by hand. */
  kind: "filled" | "hollow" | "cross";
  chosen: boolean;
  /** HTML of its tooltip, made when it is shown. */
  tip: () => string;
}

/**
 * Marks as scatter series, one for each look: a style for every point makes most of the time that many points take to
 * draw. `groups` are all names in the order of their colours.
 */
export function markSeries(marks: readonly Mark[], groups: readonly string[], size: number, theme: ChartTheme) {
  const looks = new Map<string, Mark[]>();
  for (const mark of marks) {
    const shape = mark.kind === "cross" ? "" : mark.batch % SHAPES.length;
    const look = [mark.kind, mark.chosen, groups.indexOf(mark.group), shape].join();
    const same = looks.get(look);
    if (same) same.push(mark);
    else looks.set(look, [mark]);
  }
  return [...looks.values()].map((same) => {
    const { kind, chosen, batch, group } = same[0]!;
    const colour = categoryColour(groups.indexOf(group), theme);
    const cross = kind === "cross";
    return {
      type: "scatter",
      name: group,
      large: marks.length > MANY,
      largeThreshold: 1,
      progressive: 0,
      symbol: cross ? CROSS : SHAPES[batch % SHAPES.length],
      symbolSize: chosen ? size + 6 : cross ? size - 1 : size,
      itemStyle: {
        color: kind === "filled" ? colour : theme.surface,
        borderColor: chosen ? theme.text : cross ? theme.muted : colour,
        borderWidth: chosen ? 3 : 1.8,
        opacity: 1,
      },
      z: chosen ? 6 : 5,
      data: same.map(({ id, value, tip }) => ({ id, value, tip })),
    };
  });
}

/** Of the groups, in their colours whatever the first mark of each looks like. */
export function markLegend(groups: readonly string[], theme: ChartTheme) {
  return legend(theme, {
    data: groups.map((name, i) => {
      const color = categoryColour(i, theme);
      return { name, icon: "circle", itemStyle: { color, borderColor: color, borderWidth: 0 } };
    }),
  });
}
