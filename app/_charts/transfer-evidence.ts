import type { Optimum } from "@/lib/estimate";
import { type FitResult, predictLr } from "@/lib/fit";
import * as format from "@/lib/format";
import type { TransferReport } from "@/lib/transfer";
import { at, GRID, gridAxis, rateAxis, tokensAxis, valueAxis } from "./axes";
import type { ChartOption, ChartTable } from "./chart";
import { lrLossOption } from "./lr-loss";
import { belt, dots, type Level, legend, levels, line, tips } from "./marks";
import { type ChartTheme, categoryColour, SHAPES } from "./theme";

const namedTokens = (tokens: readonly number[]) => format.apart(tokens, format.tokenCount);

/**
 * One curve of the target with what the law says about it: the predicted rate, the rate copied from the source, the
 * plateau.
 */
export function targetCurveOption(report: TransferReport, key: string, theme: ChartTheme): ChartOption {
  const curve = report.target.optima.filter((o) => o.key === key);
  const cell = report.cells.find((c) => c.key === key);
  const option = lrLossOption(curve, theme, { parabolas: true }) as { series: unknown[] };
  const rate = (lr: number, name: string, color: string, row: number): Level => ({
    xAxis: at(lr),
    name,
    lineStyle: { color, type: "solid", width: 1.6 },
    label: { color, fontSize: 11, position: "end", distance: 3 + 13 * row },
  });
  const rates = cell
    ? [
        rate(cell.predictedLr, "law", theme.accent, 0),
        ...(cell.copyLr === null ? [] : [rate(cell.copyLr, "copied", theme.muted, 1)]),
      ]
    : [];
  return {
    ...option,
    grid: { ...GRID, top: 40 },
    legend: { show: false },
    series: [...option.series, levels(rates)],
  };
}

/** Optima of the target over those of the source at equal tokens and batch, with the mean and its interval. */
export function shiftOption(report: TransferReport, theme: ChartTheme): ChartOption {
  const pairs = pairsOf(report);
  const shift = shiftOf(report);
  const tokensName = namedTokens(pairs.map((p) => p.tokens));
  const most = Math.max(1, ...pairs.map((p) => Math.abs(p.octaves))) * 1.15;
  const range = { min: -most, max: most, format: (v: number) => format.significant(v, 2) };
  const margin = Math.log2(1.5);
  const level = (yAxis: number, name: string, color: string, position = "insideEndTop"): Level => ({
    yAxis,
    name,
    lineStyle: { color, type: "dashed" },
    label: { color: theme.muted, position },
  });
  return {
    grid: { ...GRID, top: 20 },
    tooltip: tips(theme),
    xAxis: tokensAxis(
      pairs.map((p) => p.tokens),
      theme,
    ),
    yAxis: valueAxis({ name: "shift (octaves)", gap: 44, ...range, theme }),
    series: [
      ...(shift ? [belt(Math.log2(shift.factorLow), Math.log2(shift.factorHigh), theme.accent)] : []),
      dots({
        size: 9,
        fill: theme.accent,
        data: pairs.map((p) => ({
          value: [at(p.tokens), p.octaves],
          tip: `${tokensName(p.tokens)} tok, batch ${p.batchSeqs}: ${format.learningRate(p.source)} → ${format.learningRate(p.target)}`,
        })),
      }),
      levels([
        level(0, "no shift", theme.text),
        level(margin, "× 1.5", theme.muted),
        level(-margin, "÷ 1.5", theme.muted),
        ...(shift ? [level(Math.log2(shift.factor), "mean", theme.accent, "insideStartTop")] : []),
      ]),
    ],
  };
}

type Shift = { factor: number; factorLow: number; factorHigh: number; matched: Pair[] };
type Pair = { tokens: number; batchSeqs: number; source: number; target: number };

function shiftOf(report: TransferReport): Shift | null {
  return (report.checks.find((c) => c.name === "shift")?.evidence as Shift | null | undefined) ?? null;
}

function pairsOf(report: TransferReport) {
  return (shiftOf(report)?.matched ?? []).map((p) => ({ ...p, octaves: Math.log2(p.target / p.source) }));
}

export function shiftTable(report: TransferReport): ChartTable {
  return {
    columns: ["tokens", "batch (seq)", "source best LR", "target best LR", "shift (octaves)"],
    rows: pairsOf(report).map((p) => [p.tokens, p.batchSeqs, p.source, p.target, p.octaves]),
  };
}

/** The law of each group through its own optima: the lines that the F tests compare. */
export function lawsOption(report: TransferReport, theme: ChartTheme): ChartOption {
  const groups: [string, FitResult][] = [
    ["source", report.source],
    ["target", report.target],
  ];
  const shown = groups.flatMap(([, g]) => g.optima.filter((o) => o.estimate));
  const tokens = shown.map((o) => o.dims.tokens);
  const tokensName = namedTokens(tokens);
  const rates = shown.map((o) => o.estimate!.lr);
  const batches = [...new Set(shown.map((o) => o.dims.batchSeqs))].sort((p, q) => p - q);
  const batch = batches[Math.floor((batches.length - 1) / 2)] ?? 1;
  return {
    grid: { ...GRID, top: 34, left: 70 },
    legend: legend(theme, { data: ["source", "target"] }),
    tooltip: tips(theme),
    xAxis: tokensAxis(tokens, theme),
    yAxis: lrAxis(rates, theme),
    series: groups.flatMap(([name, g], i) => {
      const fill = categoryColour(i, theme);
      const data = g.optima
        .filter((o) => o.estimate)
        .map((o) => ({
          value: [at(o.dims.tokens), at(o.estimate!.lr)],
          symbol: SHAPES[batches.indexOf(o.dims.batchSeqs) % SHAPES.length],
          tip: `${name}: ${tokensName(o.dims.tokens)} tok, batch ${o.dims.batchSeqs}: <b>${format.learningRate(o.estimate!.lr)}</b>`,
        }));
      return [dots({ name, size: 9, fill, data }), ...lineAt(g, name, batch, tokens, fill)];
    }),
  };
}

function lrAxis(rates: readonly number[], theme: ChartTheme) {
  const [min, max] = [at(Math.min(...rates)) - 0.15, at(Math.max(...rates)) + 0.15];
  return rateAxis({ name: "best LR", gap: 52, min, max, theme });
}

function lineAt(g: FitResult, name: string, batchSeqs: number, tokens: readonly number[], color: string) {
  if (g.fit?.kind !== "lr" || tokens.length === 0) return [];
  const { fit } = g;
  const params = fit.ranges.params ? Math.sqrt(fit.ranges.params.low * fit.ranges.params.high) : null;
  const data = [Math.min(...tokens), Math.max(...tokens)].flatMap((t) => {
    const p = predictLr(fit, { tokens: t, batchSeqs, params, seqLen: null });
    return p ? [[at(t), at(p.lr)]] : [];
  });
  return [line({ color, width: 2 }, { name, data })];
}

/** Best rate against width: the base rate, and what hidden matrices get of it under muP (divided by the width). */
export function widthOption(optima: readonly Optimum[], theme: ChartTheme): ChartOption {
  const shown = optima.filter((o) => o.estimate && o.dims.width !== null);
  const widths = [...new Set(shown.map((o) => o.dims.width!))].sort((p, q) => p - q);
  const tokensName = namedTokens(shown.map((o) => o.dims.tokens));
  const base = widths[0] ?? 1;
  const scaled = (o: Optimum) => o.estimate!.lr * (o.dims.parametrization === "mup" ? base / o.dims.width! : 1);
  const kinds = [
    ["base LR (raw)", (o: Optimum) => o.estimate!.lr, "circle"],
    ["LR of hidden matrices (scaled)", scaled, "emptyDiamond"],
  ] as const;
  const rates = kinds.flatMap(([, of]) => shown.map(of));
  return {
    grid: { ...GRID, top: 34, left: 70 },
    legend: legend(theme, { data: kinds.map(([name]) => name) }),
    tooltip: tips(theme),
    xAxis: gridAxis({ name: "width", gap: 28, values: widths, format: String, theme }),
    yAxis: lrAxis(rates, theme),
    series: kinds.map(([name, of, symbol], i) =>
      dots({
        name,
        symbol,
        size: 9,
        fill: categoryColour(i, theme),
        data: shown.map((o) => ({
          value: [at(o.dims.width!), at(of(o))],
          tip: `width ${o.dims.width}, ${tokensName(o.dims.tokens)} tok, batch ${o.dims.batchSeqs}: ${format.learningRate(of(o))}`,
        })),
      }),
    ),
  };
}

export function widthTable(optima: readonly Optimum[]): ChartTable {
  return {
    columns: ["width", "tokens", "batch (seq)", "best LR"],
    rows: optima
      .filter((o) => o.estimate && o.dims.width !== null)
      .map((o) => [o.dims.width!, o.dims.tokens, o.dims.batchSeqs, o.estimate!.lr]),
  };
}
