import * as format from "@/lib/format";
import type { TransferReport } from "@/lib/transfer";
import { at, GRID, rateAxis, tokensAxis, valueAxis } from "./axes";
import type { ChartOption, ChartTable } from "./chart";
import { dots, type Level, legend, levels, line, tips } from "./marks";
import { type ChartTheme, SHAPES, tokensColour } from "./theme";

type Cell = TransferReport["cells"][number];

/** Predicted against measured best learning rate of the target; the dashed lines are a factor 2 off the diagonal. */
export function predictionOption(cells: readonly Cell[], theme: ChartTheme): ChartOption {
  const tokens = [...new Set(cells.map((c) => c.tokens))].sort((p, q) => p - q);
  const shape = shapes(cells);
  const tokensName = format.apart(tokens, format.tokenCount);
  const values = cells.flatMap((c) => [c.targetLr, c.predictedLr]);
  const [min, max] = [at(Math.min(...values)) - 0.2, at(Math.max(...values)) + 0.2];
  const diagonal = (shift: number, type: "solid" | "dashed") =>
    line({ color: theme.muted, width: 1, type }, { data: [min, max].map((v) => [v, v + shift]) });
  const ofTokens = (t: number, i: number) =>
    dots({
      name: `${tokensName(t)} tok`,
      size: 11,
      fill: tokensColour(i, tokens.length, theme),
      edge: theme.text,
      data: cells
        .filter((c) => c.tokens === t)
        .map((c) => ({
          value: [at(c.targetLr), at(c.predictedLr)],
          symbol: shape(c),
          tip: `${tokensName(c.tokens)} tok, batch ${c.batchSeqs}<br>measured <b>${format.learningRate(c.targetLr)}</b> · predicted <b>${format.learningRate(c.predictedLr)}</b><br>off by ${(c.error / Math.LN2).toFixed(2)} octaves`,
        })),
    });
  return {
    grid: { ...GRID, top: 34, left: 70 },
    legend: legend(theme, { data: tokens.map((t) => `${tokensName(t)} tok`), itemHeight: 14 }),
    tooltip: tips(theme),
    xAxis: rateAxis({ name: "measured best LR of the target", gap: 28, min, max, theme }),
    yAxis: rateAxis({ name: "predicted LR", gap: 50, min, max, theme }),
    series: [
      diagonal(0, "solid"),
      diagonal(Math.log10(2), "dashed"),
      diagonal(-Math.log10(2), "dashed"),
      ...tokens.map(ofTokens),
    ],
  };
}

/** The marker of a cell's batch. */
function shapes(cells: readonly Cell[]): (cell: Cell) => string {
  const batches = [...new Set(cells.map((c) => c.batchSeqs))].sort((p, q) => p - q);
  return (cell) => SHAPES[batches.indexOf(cell.batchSeqs) % SHAPES.length]!;
}

/** Loss lost by using the predicted learning rate, a bar of dots per cell, against the floor of the grid itself. */
export function regretOption(cells: readonly Cell[], theme: ChartTheme): ChartOption {
  const measured = cells.flatMap((c) => (c.regret.kind === "measured" ? [{ ...c, value: c.regret.value }] : []));
  const shape = shapes(cells);
  const tokensName = format.apart(
    cells.map((c) => c.tokens),
    format.tokenCount,
  );
  const range = { min: 0, max: Math.max(0.012, ...measured.map((c) => c.value)) * 1.1 };
  const level = (yAxis: number, name: string, color: string): Level => ({
    yAxis,
    name,
    lineStyle: { color, type: "dashed" },
    label: { color: theme.muted },
  });
  return {
    grid: { ...GRID, top: 34 },
    legend: legend(theme, { itemHeight: 14 }),
    tooltip: tips(theme),
    xAxis: tokensAxis(
      cells.map((c) => c.tokens),
      theme,
    ),
    yAxis: valueAxis({
      name: "regret (loss above the best)",
      gap: 46,
      ...range,
      format: (v) => format.percent(v, 1),
      theme,
    }),
    series: [
      dots({
        name: "regret of the predicted LR",
        size: 10,
        fill: theme.accent,
        data: measured.map((c) => ({
          value: [at(c.tokens), c.value],
          symbol: shape(c),
          tip: `${tokensName(c.tokens)} tok, batch ${c.batchSeqs}: regret <b>${format.percent(c.value)}</b>, floor of the grid ${format.percent(c.floor)}`,
        })),
      }),
      levels([level(0.0025, "pass 0.25%", theme.finished), level(0.01, "warn 1%", theme.diverged)]),
      dots({
        name: "floor of the grid",
        size: 6,
        symbol: "emptyCircle",
        fill: theme.muted,
        data: measured.map((c) => ({
          value: [at(c.tokens), c.floor],
          tip: `floor ${format.percent(c.floor)}: what the curve's own optimum is charged`,
        })),
      }),
    ],
  };
}

const PLACES = { within: "yes", beyond: "no", undecided: "undecided" };

function regretCell(regret: Cell["regret"]): number | string {
  if (regret.kind === "measured") return regret.value;
  return regret.kind === "diverged" ? "diverged" : `outside the grid: at least ${format.percent(regret.atLeast)}`;
}

export function cellsTable(cells: readonly Cell[]): ChartTable {
  return {
    columns: [
      "tokens",
      "batch (seq)",
      "measured best LR",
      "predicted LR",
      "error (octaves)",
      "within a factor 1.5",
      "regret",
      "floor",
    ],
    rows: cells.map((c) => [
      c.tokens,
      c.batchSeqs,
      c.targetLr,
      c.predictedLr,
      c.error / Math.LN2,
      PLACES[c.place],
      regretCell(c.regret),
      c.floor,
    ]),
  };
}
