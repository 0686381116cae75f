import { type LossFit, predictLoss } from "@/lib/fit";
import * as format from "@/lib/format";
import { at, GRID, gridAxis, tooltip, valueAxis } from "./axes";
import type { ChartOption, ChartTable } from "./chart";
import { outside } from "./law-bands";
import { type ChartTheme, categoryColour } from "./theme";

/** Sizes that get a line and a colour of their own; more are put together by ln N. */
const MOST_SIZES = 6;
const LINE_POINTS = 60;

interface SizeGroup {
  name: string;
  /** The line is drawn at this size. */
  params: number;
  rows: LossFit["rows"];
}

/** The rows by size; more than six sizes in six equal steps of ln N, each drawn at its geometric mean. */
export function sizeGroups(fit: LossFit): SizeGroup[] {
  const sizes = [...new Set(fit.rows.map((r) => r.params))].sort((p, q) => p - q);
  if (sizes.length <= MOST_SIZES) {
    const named = format.apart(sizes, format.paramCount);
    return sizes.map((params) => ({
      params,
      name: `${named(params)} params`,
      rows: fit.rows.filter((r) => r.params === params),
    }));
  }
  const groups = binned(fit, sizes);
  const named = format.apart(
    groups.map((g) => g.params),
    format.paramCount,
  );
  return groups.map((g) => ({ ...g, name: `about ${named(g.params)} params` }));
}

function binned(fit: LossFit, sizes: readonly number[]): Omit<SizeGroup, "name">[] {
  const [low, high] = [Math.log(sizes[0]!), Math.log(sizes.at(-1)!)];
  const binOf = (params: number) =>
    Math.min(MOST_SIZES - 1, Math.floor(((Math.log(params) - low) / (high - low)) * MOST_SIZES));
  return Array.from({ length: MOST_SIZES }, (_, i) => fit.rows.filter((r) => binOf(r.params) === i))
    .filter((rows) => rows.length > 0)
    .map((rows) => {
      const params = Math.exp(rows.reduce((sum, r) => sum + Math.log(r.params), 0) / rows.length);
      return { params, rows };
    });
}

/**
 * Best loss against tokens, a line of the fitted surface for every size; dashed: E, which no size or length undercuts.
 */
export function lossLawOption(fit: LossFit, theme: ChartTheme, beyond = 4): ChartOption {
  const groups = sizeGroups(fit);
  const { tokens } = fit.ranges;
  const [first, last] = [tokens.low / 1.3, tokens.high * beyond * 1.2];
  const grid = Array.from({ length: LINE_POINTS + 1 }, (_, i) => first * (last / first) ** (i / LINE_POINTS));
  const losses = fit.rows.map((r) => r.loss);
  const floor = Math.min(...losses, ...groups.map((g) => predictLoss(fit.law, { params: g.params, tokens: last })));
  // E far below the losses would squash them; the note says its value all the same.
  const low = fit.law.E > 0.8 * floor ? Math.min(floor, fit.law.E) : floor;
  const margin = 0.05 * (Math.max(...losses) - low) || 0.01;
  return {
    grid: { ...GRID, left: 74, top: 34 },
    legend: {
      type: "scroll",
      top: 6,
      textStyle: { color: theme.text, fontSize: 11 },
      itemHeight: 9,
      data: groups.map((g) => g.name),
    },
    tooltip: { ...tooltip(theme), trigger: "item", formatter: (p: { data: { tip?: string } }) => p.data?.tip ?? "" },
    xAxis: {
      ...gridAxis({
        name: "training tokens T",
        values: [...fit.rows.map((r) => r.tokens), tokens.high * beyond],
        format: format.tokenCount,
        theme,
      }),
      max: at(tokens.high * beyond),
      nameGap: 28,
    },
    yAxis: {
      ...valueAxis({
        name: "best loss (nats per token)",
        min: low - margin,
        max: Math.max(...losses) + margin,
        format: (v) => format.significant(v, 4),
        theme,
      }),
      nameGap: 56,
    },
    series: [
      outside(tokens, theme),
      ...groups.flatMap((g, i) => [
        {
          type: "line",
          name: g.name,
          silent: true,
          symbol: "none",
          lineStyle: { color: categoryColour(i, theme), width: 1.8, type: DASHES[i % DASHES.length] },
          itemStyle: { color: categoryColour(i, theme) },
          data: grid.map((t) => [at(t), predictLoss(fit.law, { params: g.params, tokens: t })]),
          z: 3,
        },
        {
          type: "scatter",
          name: g.name,
          symbolSize: 7,
          itemStyle: { color: categoryColour(i, theme) },
          data: g.rows.map((r) => ({ value: [at(r.tokens), r.loss], tip: tip(r) })),
          z: 5,
        },
      ]),
      {
        type: "line",
        name: `E = ${format.significant(fit.law.E)}`,
        silent: true,
        symbol: "none",
        lineStyle: { color: theme.muted, width: 1.2, type: "dashed" },
        data: [first, last].map((t) => [at(t), fit.law.E]),
      },
    ],
  };
}

/** A size is told by its dashes too, never by colour alone. */
const DASHES = ["solid", [9, 3], [4, 3], [9, 3, 2, 3], [2, 2], [14, 4]];

const percentOff = (r: LossFit["rows"][number]) => 100 * Math.expm1(r.residual);

function tip(r: LossFit["rows"][number]): string {
  return `${format.paramCount(r.params)} params, ${format.tokenCount(r.tokens)} tok<br>loss <b>${format.loss(r.loss)}</b>, fitted ${format.loss(r.fitted)} (${percentOff(r).toFixed(2)}%)`;
}

/** How far the losses lie from the surface, in percent, against tokens. */
export function lossResidualsOption(fit: LossFit, theme: ChartTheme): ChartOption {
  const most = Math.max(0.01, ...fit.rows.map((r) => Math.abs(percentOff(r)))) * 1.15;
  return {
    grid: { ...GRID, left: 74, top: 30 },
    legend: { type: "scroll", top: 0, textStyle: { color: theme.text, fontSize: 11 }, itemHeight: 9 },
    tooltip: { ...tooltip(theme), formatter: (p: { data: { tip?: string } }) => p.data?.tip ?? "" },
    xAxis: {
      ...gridAxis({
        name: "training tokens T",
        values: fit.rows.map((r) => r.tokens),
        format: format.tokenCount,
        theme,
      }),
      nameGap: 26,
      axisLine: { onZero: false, lineStyle: { color: theme.muted } },
    },
    yAxis: {
      ...valueAxis({ name: "percent", min: -most, max: most, format: (v) => format.significant(v, 2), theme }),
      nameGap: 50,
    },
    series: sizeGroups(fit).map((g, i) => ({
      type: "scatter",
      name: g.name,
      symbolSize: 8,
      itemStyle: { color: categoryColour(i, theme) },
      data: g.rows.map((r) => ({ value: [at(r.tokens), percentOff(r)], tip: tip(r) })),
    })),
  };
}

export function lossTable(fit: LossFit): ChartTable {
  return {
    columns: ["parameters", "tokens", "loss", "fitted loss", "residual (%)"],
    rows: fit.rows.map((r) => [r.params, r.tokens, r.loss, r.fitted, percentOff(r)]),
  };
}
