import type { Regression } from "@/lib/fit";
import * as format from "@/lib/format";
import { type Size, sizeNames } from "@/lib/run";
import { at, GRID, tokensAxis, valueAxis } from "./axes";
import type { ChartOption, ChartTable } from "./chart";
import { levels, type Mark, markLegend, markSeries, tips } from "./marks";
import type { ChartTheme } from "./theme";

type Row = Regression["rows"][number];

interface Shown {
  rows: readonly Row[];
  /** The curves that the rows come from, or more. */
  optima: readonly { sizeKey: string; dims: Size }[];
}

interface View {
  /** Each optimum against the law fitted without it, instead of against the law. */
  leaveOneOut?: boolean;
  selected?: string | null;
}

/** What the law misses at an optimum, in octaves; with `leaveOneOut` by the law fitted without it. */
function missOf(r: Row, leaveOneOut = false): number {
  return leaveOneOut ? r.residualLog2 / Math.max(1e-9, 1 - r.leverage) : r.residualLog2;
}

/** Residuals in octaves against tokens, colour by size, marker by batch: a pattern here is what the law misses. */
export function residualsOption(
  { rows, optima }: Shown,
  theme: ChartTheme,
  { leaveOneOut, selected }: View = {},
): ChartOption {
  const nameOf = sizeNames(optima);
  const tokensName = format.apart(
    rows.map((r) => r.tokens),
    format.tokenCount,
  );
  const sizes = [...new Set(rows.map((r) => nameOf(r.sizeKey)))];
  const batches = [...new Set(rows.map((r) => r.batchSeqs))].sort((p, q) => p - q);
  const most = Math.max(0.5, ...rows.map((r) => Math.abs(missOf(r, leaveOneOut)))) * 1.15;
  const mark = (r: Row): Mark => ({
    id: r.curveKeys[0],
    value: [at(r.tokens), missOf(r, leaveOneOut)],
    group: nameOf(r.sizeKey),
    batch: batches.indexOf(r.batchSeqs),
    kind: "filled",
    chosen: Boolean(selected) && r.curveKeys.includes(selected!),
    tip: () =>
      `${tokensName(r.tokens)} tok, batch ${format.significant(r.batchSeqs)}: measured ${format.learningRate(r.lr)}, fitted ${format.learningRate(r.fitted)} (<b>${missOf(r, leaveOneOut).toFixed(2)}</b> octaves)`,
  });
  const range = { min: -most, max: most, format: (v: number) => format.significant(v, 2) };
  return {
    grid: { ...GRID, top: 30 },
    legend: { ...markLegend(sizes, theme), top: 0 },
    tooltip: tips(theme),
    xAxis: {
      ...tokensAxis(
        rows.map((r) => r.tokens),
        theme,
      ),
      nameGap: 26,
    },
    yAxis: valueAxis({ name: "octaves", gap: 44, ...range, theme }),
    series: [
      levels([{ yAxis: 0, lineStyle: { color: theme.muted, type: "solid" } }]),
      ...markSeries(rows.map(mark), sizes, 9, theme),
    ],
  };
}

export function residualsTable(rows: readonly Row[]): ChartTable {
  return {
    columns: [
      "size",
      "tokens",
      "batch (seq)",
      "measured best LR",
      "fitted LR",
      "residual (octaves)",
      "left out (octaves)",
      "weight",
    ],
    rows: rows.map((r) => [
      r.sizeKey,
      r.tokens,
      r.batchSeqs,
      r.lr,
      r.fitted,
      r.residualLog2,
      missOf(r, true),
      r.weight,
    ]),
  };
}
