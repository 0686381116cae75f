import { at } from "./axes";
import { band, type DrawApi, line } from "./marks";
import type { ChartTheme } from "./theme";

/** The law at one token count, as it is drawn: value, 95% interval of the law and of one new optimum. */
export interface LawPoint {
  x: number;
  y: number;
  low: number;
  high: number;
  lowPrediction: number;
  highPrediction: number;
}

const PREDICTION = "95% new optimum";
const CONFIDENCE = "95% law (t)";
const BOOTSTRAP = "95% bootstrap";
/** From here on a recommendation warns. */
const FAR = 10;
const HATCH_PX = 9;
/** A dotted line, as a symbol of the legend. */
const DOTS = "path://M0,4h3v2h-3zM6,4h3v2h-3zM12,4h3v2h-3z";

/** Names the bands in the chart itself; they cannot be switched off, because a law without them says too much. */
export function bandLegend(bootstrap: boolean, theme: ChartTheme) {
  const fill = (opacity: number) => ({ color: theme.accent, opacity, borderWidth: 0 });
  return {
    top: 28,
    selectedMode: false,
    itemHeight: 9,
    itemWidth: 14,
    itemGap: 8,
    textStyle: { color: theme.text, fontSize: 11 },
    data: [
      { name: CONFIDENCE, icon: "rect", itemStyle: fill(0.32) },
      ...(bootstrap ? [{ name: BOOTSTRAP, icon: DOTS, itemStyle: { color: theme.text } }] : []),
      {
        name: PREDICTION,
        icon: "rect",
        itemStyle: { color: theme.accent, opacity: 0.14, borderColor: theme.accent, borderWidth: 1 },
      },
    ],
  };
}

interface Drawing {
  coordSys: { x: number; y: number; width: number; height: number };
}

/** Where there are no data: greyed and hatched, with how many times beyond them the edge of the chart lies. */
export function outside(tokens: { low: number; high: number }, theme: ChartTheme) {
  return {
    type: "custom",
    name: "beyond the data",
    silent: true,
    clip: true,
    z: 1,
    data: [[at(tokens.low), at(tokens.high)]],
    encode: { x: [0, 1], y: [] },
    renderItem: ({ coordSys: box }: Drawing, api: DrawApi) => {
      const x = (value: number) => api.coord([at(value), 0])[0];
      const right = box.x + box.width;
      const perPixel = (x(tokens.high * 10) - x(tokens.high)) ** -1;
      const ratio = 10 ** ((right - x(tokens.high)) * perPixel);
      const far = x(tokens.high * FAR);
      return {
        type: "group",
        children: [
          ...hatched(box.x, x(tokens.low), box, theme),
          ...hatched(x(tokens.high), right, box, theme),
          label(right - 5, box.y + 5, `to ${Number(ratio.toPrecision(2))}× beyond the data`, theme),
          ...(far < right - 2
            ? [upright(far, box, theme), label(far - 5, box.y + box.height - 18, `${FAR}×`, theme)]
            : []),
        ],
      };
    },
  };
}

function hatched(from: number, to: number, { y, height }: Drawing["coordSys"], theme: ChartTheme) {
  if (!(to - from > 1)) return [];
  const strokes = [];
  for (let x = from - height; x < to; x += HATCH_PX) {
    // From (x, bottom) up to the right at 45 degrees, cut to the region.
    const [a, b] = [Math.max(x, from), Math.min(x + height, to)];
    if (b > a) strokes.push({ x1: a, y1: y + height - (a - x), x2: b, y2: y + height - (b - x) });
  }
  return [
    { type: "rect", shape: { x: from, y, width: to - from, height }, style: { fill: theme.muted, opacity: 0.07 } },
    ...strokes.map((shape) => ({ type: "line", shape, style: { stroke: theme.muted, opacity: 0.2, lineWidth: 1 } })),
  ];
}

const upright = (x: number, { y, height }: Drawing["coordSys"], theme: ChartTheme) => ({
  type: "line",
  shape: { x1: x, y1: y, x2: x, y2: y + height },
  style: { stroke: theme.diverged, lineWidth: 1, lineDash: [4, 3] },
});

const label = (x: number, y: number, text: string, theme: ChartTheme) => ({
  type: "text",
  x,
  y,
  style: {
    text,
    fill: theme.text,
    fontSize: 11,
    align: "right",
    backgroundColor: theme.surface,
    padding: [2, 4],
    borderRadius: 3,
  },
});

/** Dotted edges of the bootstrap band of the law. */
export function bootstrapLines(
  points: LawPoint[],
  around: ({ low: number; high: number } | null)[],
  reduced: (lr: number) => number,
  theme: ChartTheme,
) {
  return (["low", "high"] as const).map((edge) => {
    const data = points.flatMap((p, i) => (around[i] ? [[at(p.x), at(reduced(around[i][edge]))]] : []));
    return line({ color: theme.text, width: 1.6, type: "dotted" }, { name: BOOTSTRAP, data, z: 4 });
  });
}

/** Filled: 95% of the law; fainter, with an edge: 95% new optimum. */
export function bands(points: LawPoint[], theme: ChartTheme) {
  const edge = (of: keyof LawPoint) => points.map((p) => [at(p.x), at(p[of])]);
  const prediction = { low: edge("lowPrediction"), high: edge("highPrediction") };
  return [
    band(PREDICTION, prediction, { fill: theme.accent, opacity: 0.08, edgeOpacity: 0.55 }),
    band(CONFIDENCE, { low: edge("low"), high: edge("high") }, { fill: theme.accent, opacity: 0.2 }),
  ];
}

/** The law: solid over the tokens of its data, dashed outside. */
export function lines(points: LawPoint[], tokens: { low: number; high: number }, theme: ChartTheme) {
  const part = (of: LawPoint[], type: "solid" | "dashed", color: string) =>
    line({ color, width: 2, type }, { name: "law", data: of.map((p) => [at(p.x), at(p.y)]), z: 3 });
  const first = points.findIndex((p) => p.x >= tokens.low);
  const last = points.findLastIndex((p) => p.x <= tokens.high);
  return [
    part(points.slice(first, last + 1), "solid", theme.accent),
    part(points.slice(0, first + 1), "dashed", theme.muted),
    part(points.slice(Math.max(0, last)), "dashed", theme.muted),
  ];
}
