import type { Optimum } from "@/lib/estimate";
import * as format from "@/lib/format";
import { at, escapeHtml, GRID, gridAxis, robustRange, tooltip, valueAxis } from "./axes";
import type { ChartOption, ChartTable } from "./chart";
import { type ChartTheme, categoryColour, SHAPES, tokensColour } from "./theme";

/**
 * Final loss against peak learning rate, one line a curve: colour by tokens (by batch where all have
 * the same tokens), marker by batch. Large dot with a bar: the
 * estimated optimum and its standard error; hollow dot: the observed best; soft band: within 0.25% of it; arrow:
 * censored at the grid's edge; cross on the top rail: diverged. `parabolas` draws the fitted ones dotted; `selected` is
 * the curve that stands out.
 */
export function lrLossOption(
  optima: readonly Optimum[],
  theme: ChartTheme,
  { selected = null, parabolas = false }: { selected?: string | null; parabolas?: boolean } = {},
): ChartOption {
  const look = lookOf(optima, theme);
  const { range } = look;
  return {
    grid: { ...GRID, top: 34 },
    legend: {
      type: "scroll",
      data: optima.map(look.name),
      top: 6,
      textStyle: { color: theme.text, fontSize: 11 },
      pageTextStyle: { color: theme.text },
      itemHeight: 8,
    },
    tooltip: { ...tooltip(theme), trigger: "item", formatter: (p: { data: { tip?: string } }) => p.data.tip ?? "" },
    xAxis: { ...gridAxis({ name: "peak learning rate", ...look.lrs, theme }), nameGap: 28 },
    yAxis: { ...valueAxis({ name: "final loss (nats per token)", ...range, ...LOSS_TICKS, theme }), nameGap: 44 },
    series: [
      ...optima.map((o) => curveSeries(o, look, selected)),
      ...(parabolas ? optima.flatMap((o) => parabola(o, look.colour(o))) : []),
      divergedSeries(optima, look, theme),
      plateauSeries(optima, theme),
      observedSeries(optima, look, theme),
      errorSeries(optima, theme),
      optimumSeries(optima, look, theme),
      censoredSeries(optima, look, theme),
    ],
  };
}

const LOSS_TICKS = { format: (v: number) => v.toFixed(2) };

/** How curves are told apart, and what they span. */
type Look = ReturnType<typeof lookOf>;

function lookOf(optima: readonly Optimum[], theme: ChartTheme) {
  const tokens = [...new Set(optima.map((o) => o.dims.tokens))].sort((p, q) => p - q);
  const batches = [...new Set(optima.map((o) => o.dims.batchSeqs))].sort((p, q) => p - q);
  const tokensName = format.apart(tokens, format.tokenCount);
  const { min, max } = robustRange(
    optima.flatMap((o) => o.points.map((p) => p.loss ?? Number.NaN)),
    0.98,
  );
  const byBatch = tokens.length === 1 && batches.length > 1;
  const batchAt = (o: Optimum) => batches.indexOf(o.dims.batchSeqs);
  const fullName = (o: Optimum) => `${tokensName(o.dims.tokens)} tok, batch ${o.dims.batchSeqs}`;
  const name = (o: Optimum) =>
    byBatch ? `batch ${o.dims.batchSeqs}` : batches.length > 1 ? fullName(o) : `${tokensName(o.dims.tokens)} tok`;
  const colour = (o: Optimum) =>
    byBatch ? categoryColour(batchAt(o), theme) : tokensColour(tokens.indexOf(o.dims.tokens), tokens.length, theme);
  const lrs = { values: optima.flatMap((o) => o.points.map((p) => p.lr)), format: format.learningRate };
  return {
    lrs,
    range: { min, max },
    name,
    fullName,
    colour,
    shape: (o: Optimum) => SHAPES[batchAt(o) % SHAPES.length],
  };
}

function curveSeries(o: Optimum, { name, fullName, colour, shape }: Look, selected: string | null) {
  const isSelected = o.key === selected;
  return {
    type: "line",
    name: name(o),
    itemStyle: { color: colour(o) },
    lineStyle: { color: colour(o), width: isSelected ? 3 : 1.4, opacity: selected && !isSelected ? 0.45 : 1 },
    symbol: shape(o),
    symbolSize: isSelected ? 9 : 6,
    z: isSelected ? 3 : 2,
    data: o.points
      .filter((p) => p.loss !== null)
      .map((p) => ({
        value: [at(p.lr), p.loss],
        id: p.runIds[0],
        tip: `${fullName(o)}<br>LR ${format.learningRate(p.lr)} · loss <b>${format.loss(p.loss)}</b>`,
      })),
  };
}

function divergedSeries(optima: readonly Optimum[], { range, fullName }: Look, theme: ChartTheme) {
  const color = theme.diverged;
  return {
    type: "scatter",
    name: "diverged",
    symbol: "path://M0,0L10,10M10,0L0,10",
    symbolSize: 9,
    itemStyle: { color, borderColor: color, borderWidth: 2 },
    clip: false,
    data: optima.flatMap((o) =>
      o.points
        .filter((p) => p.diverged)
        .map((p) => ({
          value: [at(p.lr), range.max],
          id: p.runIds[0],
          itemStyle: { color },
          tip: `${fullName(o)}<br>LR ${format.learningRate(p.lr)}: diverged (${p.nDiverged} of ${p.n})`,
        })),
    ),
  };
}

function plateauSeries(optima: readonly Optimum[], theme: ChartTheme) {
  return {
    ...SEGMENTS,
    name: "within 0.25%",
    itemStyle: { color: theme.line },
    renderItem: segment({ stroke: theme.muted, lineWidth: 9, opacity: 0.22, lineCap: "round" }),
    data: optima.flatMap(plateau),
    z: 1,
  };
}

function observedSeries(optima: readonly Optimum[], { fullName, colour }: Look, theme: ChartTheme) {
  const dot = { color: theme.surface, borderWidth: 1.8 };
  return {
    type: "scatter",
    name: "observed best",
    itemStyle: { ...dot, borderColor: theme.muted, opacity: 1 },
    symbolSize: 9,
    z: 4,
    data: optima.flatMap((o) => {
      if (!o.argmin) return [];
      const { lr, loss } = o.argmin;
      const tip = `${fullName(o)}: observed best<br>LR <b>${format.learningRate(lr)}</b> · loss ${format.loss(loss)}`;
      return { value: [at(lr), loss], itemStyle: { ...dot, borderColor: colour(o) }, tip };
    }),
  };
}

function errorSeries(optima: readonly Optimum[], theme: ChartTheme) {
  return {
    ...SEGMENTS,
    name: "standard error",
    itemStyle: { color: theme.text },
    renderItem: segment({ stroke: theme.text, lineWidth: 1.5 }),
    data: optima.filter((o) => o.estimate?.se).map((o) => bar(o)),
    z: 5,
  };
}

function optimumSeries(optima: readonly Optimum[], { fullName, colour }: Look, theme: ChartTheme) {
  return {
    type: "scatter",
    name: "optimum",
    symbolSize: 11,
    z: 6,
    data: optima.flatMap((o) => {
      if (!o.estimate) return [];
      return {
        id: o.points[0]?.runIds[0],
        value: [at(o.estimate.lr), o.estimate.loss],
        itemStyle: { color: colour(o), borderColor: theme.text, borderWidth: 1.5 },
        tip: optimumTip(o, fullName(o)),
      };
    }),
  };
}

function censoredSeries(optima: readonly Optimum[], { fullName, colour }: Look, theme: ChartTheme) {
  return {
    type: "scatter",
    name: "censored",
    symbol: "arrow",
    symbolSize: 13,
    z: 6,
    data: optima.flatMap((o) => {
      if (!o.status.startsWith("censored") || !o.argmin) return [];
      return {
        value: [at(o.argmin.lr), o.argmin.loss],
        symbolRotate: o.status === "censored-low" ? 90 : -90,
        itemStyle: { color: colour(o), borderColor: theme.text, borderWidth: 1 },
        tip: optimumTip(o, fullName(o)),
      };
    }),
  };
}

const PARABOLA_STEPS = 24;

/** The fitted parabola of a curve, over the two grid steps on each side of its vertex. */
function parabola(o: Optimum, colour: string) {
  const { estimate } = o;
  if (!estimate?.curvature) return [];
  const reach = 2 * Math.log(o.gridFactor);
  const data = Array.from({ length: PARABOLA_STEPS + 1 }, (_, i) => {
    const x = reach * ((2 * i) / PARABOLA_STEPS - 1);
    return [at(estimate.lr * Math.exp(x)), estimate.loss + 0.5 * estimate.curvature! * x * x];
  });
  const lineStyle = { color: colour, width: 1.2, type: "dotted" as const };
  return [{ type: "line", name: "fitted parabola", silent: true, symbol: "none", clip: true, lineStyle, data, z: 2 }];
}

function bar(o: Optimum): number[] {
  const { lr, se, loss } = o.estimate!;
  return [at(lr), loss, at(lr * Math.exp(-se!)), at(lr * Math.exp(se!))];
}

function plateau(o: Optimum): number[][] {
  if (!o.argmin || !o.plateau?.low || !o.plateau.high) return [];
  return [[at(o.argmin.lr), o.argmin.loss, at(o.plateau.low), at(o.plateau.high)]];
}

interface RenderApi {
  value: (i: number) => number;
  coord: (p: [number, number]) => [number, number];
}

const SEGMENTS = { type: "custom", silent: true, clip: true, encode: { x: [0, 2, 3], y: 1 } };

/** A horizontal line at y = dimension 1 between dimensions 2 and 3. */
function segment(style: Record<string, string | number>) {
  return (_: unknown, api: RenderApi) => {
    const [x1, y] = api.coord([api.value(2), api.value(1)]);
    const [x2] = api.coord([api.value(3), api.value(1)]);
    return { type: "line", shape: { x1, y1: y, x2, y2: y }, style };
  };
}

const STATUS: Record<Optimum["status"], string> = {
  ok: "optimum",
  "censored-low": "the best LR is the lowest tried: try lower ones",
  "censored-high": "the best LR is the highest tried: try higher ones",
  "bracketed-by-divergence": "higher LRs diverge: refine below",
  "too-few": "too few learning rates",
  flat: "flat within the noise",
};

function optimumTip(o: Optimum, name: string): string {
  const head = `<b>${escapeHtml(name)}</b>: ${STATUS[o.status]}`;
  if (!o.estimate) return head;
  const { lr, se, loss, method } = o.estimate;
  const plateau =
    o.plateau?.low && o.plateau.high
      ? `<br>within 0.25%: ${format.learningRate(o.plateau.low)} to ${format.learningRate(o.plateau.high)}`
      : "";
  return `${head}<br>LR <b>${format.learningRate(lr)}</b>${se ? ` (×/÷ ${Math.exp(se).toFixed(2)})` : ""} · loss ${format.loss(loss)} · ${method}${plateau}`;
}

export function lrLossTable(optima: readonly Optimum[]): ChartTable {
  return {
    columns: ["tokens", "batch (seq)", "peak LR", "final loss", "runs", "diverged", "curve's optimum", "status"],
    rows: optima.flatMap((o) =>
      o.points.map((p) => [
        o.dims.tokens,
        o.dims.batchSeqs,
        p.lr,
        p.loss ?? "NaN",
        p.n,
        p.nDiverged,
        o.estimate?.lr ?? "-",
        o.status,
      ]),
    ),
  };
}
