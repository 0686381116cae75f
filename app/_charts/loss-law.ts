import { type LossFit, predictLoss } from "@/lib/fit";
import * as format from "@/lib/format";
import { at, GRID, tokensAxis, valueAxis } from "./axes";
import type { ChartOption, ChartTable } from "./chart";
import { outside } from "./law-bands";
import { dots, legend, line, tips } from "./marks";
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
  const ends: [number, number] = [tokens.low / 1.3, tokens.high * beyond * 1.2];
  const losses = fit.rows.map((r) => r.loss);
  const floor = Math.min(...losses, ...groups.map((g) => predictLoss(fit.law, { params: g.params, tokens: ends[1] })));
  // E far below the losses would squash them; the note says its value all the same.
  const low = fit.law.E > 0.8 * floor ? Math.min(floor, fit.law.E) : floor;
  const margin = 0.05 * (Math.max(...losses) - low) || 0.01;
  const range = { min: low - margin, max: Math.max(...losses) + margin };
  const last = tokens.high * beyond;
  return {
    grid: { ...GRID, left: 74, top: 34 },
    legend: legend(theme, { data: groups.map((g) => g.name) }),
    tooltip: tips(theme),
    xAxis: tokensAxis([...fit.rows.map((r) => r.tokens), last], theme, last),
    yAxis: valueAxis({ name: "best loss (nats per token)", gap: 56, ...range, format: fourDigits, theme }),
    series: [
      outside(tokens, theme),
      ...groups.flatMap((g, i) => [sizeLine(fit, g, i, ends, theme), measured(g, i, theme)]),
      line(
        { color: theme.muted, width: 1.2, type: "dashed" },
        { name: `E = ${format.significant(fit.law.E)}`, data: ends.map((t) => [at(t), fit.law.E]) },
      ),
    ],
  };
}

const fourDigits = (v: number) => format.significant(v, 4);

/** The surface at one size. */
function sizeLine({ law }: LossFit, g: SizeGroup, i: number, [first, last]: [number, number], theme: ChartTheme) {
  const color = categoryColour(i, theme);
  const data = Array.from({ length: LINE_POINTS + 1 }, (_, k) => {
    const tokens = first * (last / first) ** (k / LINE_POINTS);
    return [at(tokens), predictLoss(law, { params: g.params, tokens })];
  });
  return line({ color, width: 1.8, type: DASHES[i % DASHES.length] }, { name: g.name, fill: color, data, z: 3 });
}

function measured(g: SizeGroup, i: number, theme: ChartTheme) {
  const data = g.rows.map((r) => ({ value: [at(r.tokens), r.loss], tip: tip(r) }));
  return dots({ name: g.name, size: 7, fill: categoryColour(i, theme), data, z: 5 });
}

/** A size is told by its dashes too, never by colour alone. */
const DASHES = ["solid", [9, 3], [4, 3], [9, 3, 2, 3], [2, 2], [14, 4]] as const;

const percentOff = (r: LossFit["rows"][number]) => 100 * Math.expm1(r.residual);

function tip(r: LossFit["rows"][number]): string {
  return `${format.paramCount(r.params)} params, ${format.tokenCount(r.tokens)} tok<br>loss <b>${format.loss(r.loss)}</b>, fitted ${format.loss(r.fitted)} (${percentOff(r).toFixed(2)}%)`;
}

/** How far the losses lie from the surface, in percent, against tokens. */
export function lossResidualsOption(fit: LossFit, theme: ChartTheme): ChartOption {
  const most = Math.max(0.01, ...fit.rows.map((r) => Math.abs(percentOff(r)))) * 1.15;
  const range = { min: -most, max: most, format: (v: number) => format.significant(v, 2) };
  return {
    grid: { ...GRID, left: 74, top: 30 },
    legend: legend(theme, { top: 0 }),
    tooltip: tips(theme),
    xAxis: {
      ...tokensAxis(
        fit.rows.map((r) => r.tokens),
        theme,
      ),
      nameGap: 26,
    },
    yAxis: valueAxis({ name: "percent", gap: 50, ...range, theme }),
    series: sizeGroups(fit).map((g, i) =>
      dots({
        name: g.name,
        size: 8,
        fill: categoryColour(i, theme),
        data: g.rows.map((r) => ({ value: [at(r.tokens), percentOff(r)], tip: tip(r) })),
      }),
    ),
  };
}

export function lossTable(fit: LossFit): ChartTable {
  return {
    columns: ["parameters", "tokens", "loss", "fitted loss", "residual (%)"],
    rows: fit.rows.map((r) => [r.params, r.tokens, r.loss, r.fitted, percentOff(r)]),
  };
}
