import type { Optimum } from "@/lib/estimate";
import { type FitResult, predictLr } from "@/lib/fit";
import * as format from "@/lib/format";
import type { TransferReport } from "@/lib/transfer";
import { at, GRID, gridAxis, tooltip, valueAxis } from "./axes";
import type { ChartOption, ChartTable } from "./chart";
import { lrLossOption } from "./lr-loss";
import { type ChartTheme, categoryColour, SHAPES } from "./theme";

const tip = (theme: ChartTheme) => ({
  ...tooltip(theme),
  trigger: "item" as const,
  formatter: (p: { data: { tip?: string } }) => p.data?.tip ?? "",
});
const namedTokens = (tokens: readonly number[]) => format.apart(tokens, format.tokenCount);
const legend = (theme: ChartTheme, data: string[]) => ({
  top: 6,
  type: "scroll" as const,
  itemHeight: 9,
  textStyle: { color: theme.text, fontSize: 11 },
  data,
});

/**
 * One curve of the target with what the law says about it: the predicted rate, the rate copied from the source, the
 * plateau.
 */
export function targetCurveOption(report: TransferReport, key: string, theme: ChartTheme): ChartOption {
  const curve = report.target.optima.filter((o) => o.key === key);
  const cell = report.cells.find((c) => c.key === key);
  const option = lrLossOption(curve, theme, { parabolas: true }) as { series: unknown[] };
  const mark = (lr: number, name: string, colour: string, row: number) => ({
    xAxis: at(lr),
    lineStyle: { color: colour, type: "solid" as const, width: 1.6 },
    label: { formatter: name, color: colour, fontSize: 11, position: "end" as const, distance: 3 + 13 * row },
  });
  const marks = cell
    ? [
        mark(cell.predictedLr, "law", theme.accent, 0),
        ...(cell.copyLr === null ? [] : [mark(cell.copyLr, "copied", theme.muted, 1)]),
      ]
    : [];
  const line = { type: "line", data: [], markLine: { silent: true, symbol: "none", precision: 12, data: marks } };
  return {
    ...option,
    grid: { ...GRID, top: 40 },
    legend: { show: false },
    series: [...option.series, line],
  } as ChartOption;
}

/** Optima of the target over those of the source at equal tokens and batch, with the mean and its interval. */
export function shiftOption(report: TransferReport, theme: ChartTheme): ChartOption {
  const pairs = pairsOf(report);
  const check = report.checks.find((c) => c.name === "shift");
  const shift =
    check?.name === "shift"
      ? (check.evidence as { factor: number; factorLow: number; factorHigh: number } | null)
      : null;
  const tokensName = namedTokens(pairs.map((p) => p.tokens));
  const margin = Math.log2(1.5);
  const most = Math.max(1, ...pairs.map((p) => Math.abs(p.octaves))) * 1.15;
  const level = (
    y: number,
    name: string,
    colour: string,
    position: "insideEndTop" | "insideStartTop" = "insideEndTop",
  ) => ({
    yAxis: y,
    lineStyle: { color: colour, type: "dashed" as const },
    label: { formatter: name, color: theme.muted, position, fontSize: 10 },
  });
  return {
    grid: { ...GRID, top: 20 },
    tooltip: tip(theme),
    xAxis: {
      ...gridAxis({ name: "training tokens T", values: pairs.map((p) => p.tokens), format: format.tokenCount, theme }),
      nameGap: 28,
      axisLine: { onZero: false, lineStyle: { color: theme.muted } },
    },
    yAxis: {
      ...valueAxis({ name: "shift (octaves)", min: -most, max: most, format: (v) => format.significant(v, 2), theme }),
      nameGap: 44,
    },
    series: [
      {
        type: "scatter",
        symbolSize: 9,
        itemStyle: { color: theme.accent },
        data: pairs.map((p) => ({
          value: [at(p.tokens), p.octaves],
          tip: `${tokensName(p.tokens)} tok, batch ${p.batchSeqs}: ${format.learningRate(p.source)} → ${format.learningRate(p.target)}`,
        })),
        markLine: {
          silent: true,
          symbol: "none",
          precision: 6,
          data: [
            level(0, "no shift", theme.text),
            level(margin, "× 1.5", theme.muted),
            level(-margin, "÷ 1.5", theme.muted),
            ...(shift ? [level(Math.log2(shift.factor), "mean", theme.accent, "insideStartTop")] : []),
          ],
        },
        ...(shift && {
          markArea: {
            silent: true,
            itemStyle: { color: theme.accent, opacity: 0.13 },
            data: [[{ yAxis: Math.log2(shift.factorLow) }, { yAxis: Math.log2(shift.factorHigh) }]],
          },
        }),
      },
    ],
  };
}

function pairsOf(report: TransferReport) {
  return report.target.optima.flatMap((o) => {
    const same = report.source.optima.find(
      (s) =>
        s.estimate &&
        s.dims.tokens === o.dims.tokens &&
        s.dims.batchSeqs === o.dims.batchSeqs &&
        s.dims.seqLen === o.dims.seqLen,
    );
    if (!o.estimate || !same?.estimate) return [];
    const [source, target] = [same.estimate.lr, o.estimate.lr];
    return [{ ...o.dims, source, target, octaves: Math.log2(target / source) }];
  });
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
    legend: legend(theme, ["source", "target"]),
    tooltip: tip(theme),
    xAxis: {
      ...gridAxis({ name: "training tokens T", values: tokens, format: format.tokenCount, theme }),
      nameGap: 28,
    },
    yAxis: {
      ...lrAxis(rates, theme),
      nameGap: 52,
    },
    series: groups.flatMap(([name, g], i) => {
      const colour = categoryColour(i, theme);
      const points = g.optima
        .filter((o) => o.estimate)
        .map((o) => ({
          value: [at(o.dims.tokens), at(o.estimate!.lr)],
          symbol: SHAPES[batches.indexOf(o.dims.batchSeqs) % SHAPES.length],
          tip: `${name}: ${tokensName(o.dims.tokens)} tok, batch ${o.dims.batchSeqs}: <b>${format.learningRate(o.estimate!.lr)}</b>`,
        }));
      const scatter = { type: "scatter", name, symbolSize: 9, itemStyle: { color: colour }, data: points };
      return [scatter, ...lineAt(g, name, batch, tokens, colour)];
    }),
  };
}

function lrAxis(rates: readonly number[], theme: ChartTheme) {
  const [low, high] = [at(Math.min(...rates)) - 0.15, at(Math.max(...rates)) + 0.15];
  return valueAxis({ name: "best LR", min: low, max: high, format: (v) => format.learningRate(10 ** v, 2), theme });
}

function lineAt(g: FitResult, name: string, batchSeqs: number, tokens: readonly number[], colour: string) {
  if (g.fit?.kind !== "lr" || tokens.length === 0) return [];
  const { fit } = g;
  const params = fit.ranges.params ? Math.sqrt(fit.ranges.params.low * fit.ranges.params.high) : null;
  const data = [Math.min(...tokens), Math.max(...tokens)].flatMap((t) => {
    const p = predictLr(fit, { tokens: t, batchSeqs, params, seqLen: null });
    return p ? [[at(t), at(p.lr)]] : [];
  });
  return [{ type: "line", name, silent: true, symbol: "none", lineStyle: { color: colour, width: 2 }, data }];
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
    legend: legend(
      theme,
      kinds.map(([name]) => name),
    ),
    tooltip: tip(theme),
    xAxis: { ...gridAxis({ name: "width", values: widths, format: String, theme }), nameGap: 28 },
    yAxis: {
      ...lrAxis(rates, theme),
      nameGap: 52,
    },
    series: kinds.map(([name, of, symbol], i) => ({
      type: "scatter",
      name,
      symbol,
      symbolSize: 9,
      itemStyle: { color: categoryColour(i, theme) },
      data: shown.map((o) => ({
        value: [at(o.dims.width!), at(of(o))],
        tip: `width ${o.dims.width}, ${tokensName(o.dims.tokens)} tok, batch ${o.dims.batchSeqs}: ${format.learningRate(of(o))}`,
      })),
    })),
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
