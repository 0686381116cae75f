import * as format from "@/lib/format";
import type { TransferReport } from "@/lib/transfer";
import { at, GRID, gridAxis, tooltip, valueAxis } from "./axes";
import type { ChartOption, ChartTable } from "./chart";
import { type ChartTheme, SHAPES, tokensColour } from "./theme";

type Cell = TransferReport["cells"][number];

/** Predicted against measured best learning rate of the target; the dashed lines are a factor 2 off the diagonal. */
export function predictionOption(cells: readonly Cell[], theme: ChartTheme): ChartOption {
  const tokens = [...new Set(cells.map((c) => c.tokens))].sort((p, q) => p - q);
  const batches = [...new Set(cells.map((c) => c.batchSeqs))].sort((p, q) => p - q);
  const tokensName = format.apart(tokens, format.tokenCount);
  const values = cells.flatMap((c) => [c.targetLr, c.predictedLr]);
  const low = at(Math.min(...values)) - 0.2;
  const high = at(Math.max(...values)) + 0.2;
  const diagonal = (shift: number, type: "solid" | "dashed") => ({
    type: "line",
    silent: true,
    symbol: "none",
    clip: true,
    lineStyle: { color: theme.muted, width: 1, type },
    data: [
      [low, low + shift],
      [high, high + shift],
    ],
  });
  const axis = (name: string) =>
    valueAxis({ name, min: low, max: high, format: (v) => format.learningRate(10 ** v, 2), theme });
  return {
    grid: { ...GRID, top: 34, left: 70 },
    legend: {
      type: "scroll",
      top: 6,
      textStyle: { color: theme.text, fontSize: 11 },
      data: tokens.map((t) => `${tokensName(t)} tok`),
    },
    tooltip: { ...tooltip(theme), formatter: (p: { data: { tip?: string } }) => p.data.tip ?? "" },
    xAxis: { ...axis("measured best LR of the target"), nameGap: 28 },
    yAxis: { ...axis("predicted LR"), nameGap: 50 },
    series: [
      diagonal(0, "solid"),
      diagonal(Math.log10(2), "dashed"),
      diagonal(-Math.log10(2), "dashed"),
      ...tokens.map((t, i) => ({
        type: "scatter",
        name: `${tokensName(t)} tok`,
        symbolSize: 11,
        itemStyle: { color: tokensColour(i, tokens.length, theme), borderColor: theme.text, borderWidth: 1 },
        data: cells
          .filter((c) => c.tokens === t)
          .map((c) => ({
            value: [at(c.targetLr), at(c.predictedLr)],
            symbol: SHAPES[batches.indexOf(c.batchSeqs) % SHAPES.length],
            tip: `${tokensName(c.tokens)} tok, batch ${c.batchSeqs}<br>measured <b>${format.learningRate(c.targetLr)}</b> · predicted <b>${format.learningRate(c.predictedLr)}</b><br>off by ${(c.error / Math.LN2).toFixed(2)} octaves`,
          })),
      })),
    ],
  };
}

/** Loss lost by using the predicted learning rate, a bar of dots per cell, against the floor of the grid itself. */
export function regretOption(cells: readonly Cell[], theme: ChartTheme): ChartOption {
  const measured = cells.flatMap((c) => (c.regret.kind === "measured" ? [{ ...c, value: c.regret.value }] : []));
  const batches = [...new Set(cells.map((c) => c.batchSeqs))].sort((p, q) => p - q);
  const tokensName = format.apart(
    cells.map((c) => c.tokens),
    format.tokenCount,
  );
  const top = Math.max(0.012, ...measured.map((c) => c.value)) * 1.1;
  const level = (y: number, name: string, colour: string) => ({
    yAxis: y,
    name,
    lineStyle: { color: colour, type: "dashed" as const },
    label: { formatter: name, color: theme.muted, position: "insideEndTop" as const, fontSize: 10 },
  });
  return {
    grid: { ...GRID, top: 34 },
    legend: { type: "scroll", top: 6, textStyle: { color: theme.text, fontSize: 11 } },
    tooltip: { ...tooltip(theme), formatter: (p: { data: { tip?: string } }) => p.data.tip ?? "" },
    xAxis: {
      ...gridAxis({ name: "training tokens T", values: cells.map((c) => c.tokens), format: format.tokenCount, theme }),
      nameGap: 28,
    },
    yAxis: {
      ...valueAxis({
        name: "regret (loss above the best)",
        min: 0,
        max: top,
        format: (v) => format.percent(v, 1),
        theme,
      }),
      nameGap: 46,
    },
    series: [
      {
        type: "scatter",
        name: "regret of the predicted LR",
        symbolSize: 10,
        itemStyle: { color: theme.accent },
        data: measured.map((c) => ({
          value: [at(c.tokens), c.value],
          symbol: SHAPES[batches.indexOf(c.batchSeqs) % SHAPES.length],
          tip: `${tokensName(c.tokens)} tok, batch ${c.batchSeqs}: regret <b>${format.percent(c.value)}</b>, floor of the grid ${format.percent(c.floor)}`,
        })),
        markLine: {
          silent: true,
          symbol: "none",
          precision: 6,
          data: [level(0.0025, "pass 0.25%", theme.finished), level(0.01, "warn 1%", theme.diverged)],
        },
      },
      {
        type: "scatter",
        name: "floor of the grid",
        symbol: "emptyCircle",
        symbolSize: 6,
        itemStyle: { color: theme.muted },
        data: measured.map((c) => ({
          value: [at(c.tokens), c.floor],
          tip: `floor ${format.percent(c.floor)}: what the curve's own optimum is charged`,
        })),
      },
    ],
  };
}

export function cellsTable(cells: readonly Cell[]): ChartTable {
  return {
    columns: [
      "tokens",
      "batch (seq)",
      "measured best LR",
      "predicted LR",
      "error (octaves)",
      "within tolerance",
      "regret",
      "floor",
    ],
    rows: cells.map((c) => [
      c.tokens,
      c.batchSeqs,
      c.targetLr,
      c.predictedLr,
      c.error / Math.LN2,
      c.within ? "yes" : "no",
      c.regret.kind === "measured" ? c.regret.value : c.regret.kind,
      c.floor,
    ]),
  };
}
