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
  { selected, parabolas = false }: { selected?: string | null; parabolas?: boolean } = {},
): ChartOption {
  const tokens = [...new Set(optima.map((o) => o.dims.tokens))].sort((p, q) => p - q);
  const batches = [...new Set(optima.map((o) => o.dims.batchSeqs))].sort((p, q) => p - q);
  const tokensName = format.apart(tokens, format.tokenCount);
  const curveName = (o: Optimum) => `${tokensName(o.dims.tokens)} tok, batch ${o.dims.batchSeqs}`;
  const lrs = optima.flatMap((o) => o.points.map((p) => p.lr));
  const range = robustRange(
    optima.flatMap((o) => o.points.map((p) => p.loss ?? Number.NaN)),
    0.98,
  );
  const byBatch = tokens.length === 1 && batches.length > 1;
  const nameOf = (o: Optimum) =>
    byBatch ? `batch ${o.dims.batchSeqs}` : batches.length > 1 ? curveName(o) : `${tokensName(o.dims.tokens)} tok`;
  const colour = (o: Optimum) =>
    byBatch
      ? categoryColour(batches.indexOf(o.dims.batchSeqs), theme)
      : tokensColour(tokens.indexOf(o.dims.tokens), tokens.length, theme);
  const shape = (o: Optimum) => SHAPES[batches.indexOf(o.dims.batchSeqs) % SHAPES.length];
  const curves = optima.map((o) => ({
    type: "line",
    name: nameOf(o),
    itemStyle: { color: colour(o) },
    lineStyle: {
      color: colour(o),
      width: o.key === selected ? 3 : 1.4,
      opacity: selected && o.key !== selected ? 0.45 : 1,
    },
    symbol: shape(o),
    symbolSize: o.key === selected ? 9 : 6,
    z: o.key === selected ? 3 : 2,
    data: o.points
      .filter((p) => p.loss !== null)
      .map((p) => ({
        value: [at(p.lr), p.loss],
        id: p.runIds[0],
        tip: `${curveName(o)}<br>LR ${format.learningRate(p.lr)} · loss <b>${format.loss(p.loss)}</b>`,
      })),
  }));
  const diverged = optima.flatMap((o) =>
    o.points
      .filter((p) => p.diverged)
      .map((p) => ({
        value: [at(p.lr), range.max],
        id: p.runIds[0],
        itemStyle: { color: theme.diverged },
        tip: `${curveName(o)}<br>LR ${format.learningRate(p.lr)}: diverged (${p.nDiverged} of ${p.n})`,
      })),
  );
  return {
    grid: { ...GRID, top: 34 },
    legend: {
      type: "scroll",
      data: optima.map(nameOf),
      top: 6,
      textStyle: { color: theme.text, fontSize: 11 },
      pageTextStyle: { color: theme.text },
      itemHeight: 8,
    },
    tooltip: { ...tooltip(theme), trigger: "item", formatter: (p: { data: { tip?: string } }) => p.data.tip ?? "" },
    xAxis: {
      ...gridAxis({ name: "peak learning rate", values: lrs, format: format.learningRate, theme }),
      nameGap: 28,
    },
    yAxis: {
      ...valueAxis({
        name: "final loss (nats per token)",
        min: range.min,
        max: range.max,
        format: (v) => v.toFixed(2),
        theme,
      }),
      nameGap: 44,
    },
    series: [
      ...curves,
      ...(parabolas ? optima.flatMap((o) => parabola(o, colour(o))) : []),
      {
        type: "scatter",
        name: "diverged",
        symbol: "path://M0,0L10,10M10,0L0,10",
        symbolSize: 9,
        itemStyle: { color: theme.diverged, borderColor: theme.diverged, borderWidth: 2 },
        data: diverged,
        clip: false,
      },
      {
        type: "custom",
        name: "within 0.25%",
        itemStyle: { color: theme.line },
        silent: true,
        clip: true,
        renderItem: segment({ stroke: theme.muted, lineWidth: 9, opacity: 0.22, lineCap: "round" }),
        data: optima.flatMap(plateau),
        encode: { x: [0, 2, 3], y: 1 },
        z: 1,
      },
      {
        type: "scatter",
        name: "observed best",
        itemStyle: { color: theme.surface, borderColor: theme.muted, borderWidth: 1.8, opacity: 1 },
        symbolSize: 9,
        z: 4,
        data: optima
          .filter((o) => o.argmin)
          .map((o) => ({
            value: [at(o.argmin!.lr), o.argmin!.loss],
            itemStyle: { color: theme.surface, borderColor: colour(o), borderWidth: 1.8 },
            tip: `${curveName(o)}: observed best<br>LR <b>${format.learningRate(o.argmin!.lr)}</b> · loss ${format.loss(o.argmin!.loss)}`,
          })),
      },
      {
        type: "custom",
        name: "standard error",
        itemStyle: { color: theme.text },
        silent: true,
        clip: true,
        renderItem: segment({ stroke: theme.text, lineWidth: 1.5 }),
        data: optima.filter((o) => o.estimate?.se).map((o) => bar(o)),
        encode: { x: [0, 2, 3], y: 1 },
        z: 5,
      },
      {
        type: "scatter",
        name: "optimum",
        symbolSize: 11,
        z: 6,
        data: optima
          .filter((o) => o.estimate)
          .map((o) => ({
            id: o.points[0]?.runIds[0],
            value: [at(o.estimate!.lr), o.estimate!.loss],
            itemStyle: { color: colour(o), borderColor: theme.text, borderWidth: 1.5 },
            tip: optimumTip(o, curveName(o)),
          })),
      },
      {
        type: "scatter",
        name: "censored",
        symbol: "arrow",
        symbolSize: 13,
        z: 6,
        data: optima
          .filter((o) => o.status.startsWith("censored") && o.argmin)
          .map((o) => ({
            value: [at(o.argmin!.lr), o.argmin!.loss],
            symbolRotate: o.status === "censored-low" ? 90 : -90,
            itemStyle: { color: colour(o), borderColor: theme.text, borderWidth: 1 },
            tip: optimumTip(o, curveName(o)),
          })),
      },
    ],
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
