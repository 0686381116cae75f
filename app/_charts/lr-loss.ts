import type { Optimum } from "@/lib/estimate";
import * as format from "@/lib/format";
import { at, escapeHtml, GRID, gridAxis, robustRange, valueAxis } from "./axes";
import type { ChartOption, ChartTable } from "./chart";
import { crosses, dots, joined, legend, line, segments, tips } from "./marks";
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
      ...legend(theme, { data: optima.map(look.name), itemHeight: 8 }),
      pageTextStyle: { color: theme.text },
    },
    tooltip: tips(theme),
    xAxis: gridAxis({ name: "peak learning rate", gap: 28, ...look.lrs, theme }),
    yAxis: valueAxis({ name: "final loss (nats per token)", gap: 44, ...range, ...LOSS_TICKS, theme }),
    series: [
      ...optima.map((o) => curve(o, look, selected)),
      ...(parabolas ? optima.flatMap((o) => parabola(o, look.colour(o))) : []),
      divergedRuns(optima, look, theme),
      plateaus(optima, theme),
      observedBests(optima, look, theme),
      errors(optima, theme),
      estimates(optima, look, theme),
      censoredBests(optima, look, theme),
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

function curve(o: Optimum, { name, fullName, colour, shape }: Look, selected: string | null) {
  const isSelected = o.key === selected;
  const lineStyle = { color: colour(o), width: isSelected ? 3 : 1.4, opacity: selected && !isSelected ? 0.45 : 1 };
  return joined(lineStyle, {
    name: name(o),
    fill: colour(o),
    symbol: shape(o),
    size: isSelected ? 9 : 6,
    z: isSelected ? 3 : 2,
    data: o.points.flatMap((p) => {
      if (p.loss === null) return [];
      const tip = `${fullName(o)}<br>LR ${format.learningRate(p.lr)} · loss <b>${format.loss(p.loss)}</b>`;
      return { value: [at(p.lr), p.loss], id: p.runIds[0], tip };
    }),
  });
}

function divergedRuns(optima: readonly Optimum[], { range, fullName }: Look, theme: ChartTheme) {
  const data = optima.flatMap((o) =>
    o.points
      .filter((p) => p.diverged)
      .map((p) => ({
        value: [at(p.lr), range.max],
        id: p.runIds[0],
        tip: `${fullName(o)}<br>LR ${format.learningRate(p.lr)}: diverged (${p.nDiverged} of ${p.n})`,
      })),
  );
  return crosses({ name: "diverged", color: theme.diverged, clip: false, data });
}

function plateaus(optima: readonly Optimum[], theme: ChartTheme) {
  const data = optima.flatMap(({ argmin, plateau }) =>
    argmin && plateau?.low && plateau.high ? [[at(argmin.lr), argmin.loss, at(plateau.low), at(plateau.high)]] : [],
  );
  const style = { stroke: theme.muted, lineWidth: 9, opacity: 0.22, lineCap: "round" };
  return segments({ name: "within 0.25%", style, data, z: 1 });
}

function observedBests(optima: readonly Optimum[], { fullName, colour }: Look, theme: ChartTheme) {
  const data = optima.flatMap((o) => {
    if (!o.argmin) return [];
    const { lr, loss } = o.argmin;
    const tip = `${fullName(o)}: observed best<br>LR <b>${format.learningRate(lr)}</b> · loss ${format.loss(loss)}`;
    return { value: [at(lr), loss], itemStyle: { borderColor: colour(o) }, tip };
  });
  const hollow = { fill: theme.surface, edge: theme.muted, edgeWidth: 1.8, opacity: 1 };
  return dots({ name: "observed best", size: 9, ...hollow, data, z: 4 });
}

function errors(optima: readonly Optimum[], theme: ChartTheme) {
  const data = optima.flatMap(({ estimate }) => {
    if (!estimate?.se) return [];
    const { lr, se, loss } = estimate;
    return [[at(lr), loss, at(lr * Math.exp(-se)), at(lr * Math.exp(se))]];
  });
  return segments({ name: "standard error", style: { stroke: theme.text, lineWidth: 1.5 }, data, z: 5 });
}

function estimates(optima: readonly Optimum[], { fullName, colour }: Look, theme: ChartTheme) {
  const data = optima.flatMap((o) => {
    if (!o.estimate) return [];
    const { lr, loss } = o.estimate;
    const itemStyle = { color: colour(o) };
    return { id: o.points[0]?.runIds[0], value: [at(lr), loss], itemStyle, tip: optimumTip(o, fullName(o)) };
  });
  return dots({ name: "optimum", size: 11, edge: theme.text, edgeWidth: 1.5, data, z: 6 });
}

function censoredBests(optima: readonly Optimum[], { fullName, colour }: Look, theme: ChartTheme) {
  const data = optima.flatMap((o) => {
    if (!o.status.startsWith("censored") || !o.argmin) return [];
    return {
      value: [at(o.argmin.lr), o.argmin.loss],
      symbolRotate: o.status === "censored-low" ? 90 : -90,
      itemStyle: { color: colour(o) },
      tip: optimumTip(o, fullName(o)),
    };
  });
  return dots({ name: "censored", size: 13, symbol: "arrow", edge: theme.text, data, z: 6 });
}

const PARABOLA_STEPS = 24;

/** The fitted parabola of a curve, over the two grid steps on each side of its vertex. */
function parabola(o: Optimum, color: string) {
  const { estimate } = o;
  if (!estimate?.curvature) return [];
  const reach = 2 * Math.log(o.gridFactor);
  const data = Array.from({ length: PARABOLA_STEPS + 1 }, (_, i) => {
    const x = reach * ((2 * i) / PARABOLA_STEPS - 1);
    return [at(estimate.lr * Math.exp(x)), estimate.loss + 0.5 * estimate.curvature! * x * x];
  });
  return [line({ color, width: 1.2, type: "dotted" }, { name: "fitted parabola", data, z: 2 })];
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
