import * as format from "@/lib/format";
import type { Recommendation } from "@/lib/recommend";
import { at, GRID, rateAxis, tokensAxis } from "./axes";
import type { ChartOption, ChartTable } from "./chart";
import { bandLegend, bands, type LawPoint, lines, outside } from "./law-bands";
import { dots, tips } from "./marks";
import type { ChartTheme } from "./theme";

type Picture = NonNullable<Recommendation["picture"]>;
type Target = { tokens: number; peakLr: number; interval: { low: number; high: number } };

/**
 * The law along the tokens at the target's batch and size, its optima moved there, and the target with its interval.
 */
export function targetLawOption(picture: Picture, target: Target, theme: ChartTheme): ChartOption {
  const points = picture.line.map(
    ({ tokens, lr, confidence, prediction }): LawPoint => ({
      x: tokens,
      y: lr,
      ...confidence,
      lowPrediction: prediction.low,
      highPrediction: prediction.high,
    }),
  );
  const { optima, data } = picture;
  const rates = [...points.flatMap((p) => [p.low, p.high]), ...optima.map((o) => o.lr), target.peakLr];
  const range = { min: at(Math.min(...rates)) - 0.05, max: at(Math.max(...rates)) + 0.05 };
  const last = points.at(-1)!.x;
  const place = [at(target.tokens), at(target.peakLr)];
  const said = `${format.learningRate(target.interval.low)} to ${format.learningRate(target.interval.high)}`;
  return {
    grid: { ...GRID, left: 74, top: 34 },
    legend: [{ ...bandLegend(false, theme), top: 6 }],
    tooltip: tips(theme),
    xAxis: tokensAxis([...new Set(optima.map((o) => o.tokens)), target.tokens, last], theme, last),
    yAxis: rateAxis({ name: "best LR at the target's batch and size", gap: 56, ...range, theme }),
    series: [
      outside(data, theme),
      ...bands(points, theme),
      ...lines(points, data, theme),
      dots({
        size: 7,
        fill: theme.surface,
        edge: theme.accent,
        edgeWidth: 1.6,
        z: 4,
        data: optima.map((o) => ({ value: [at(o.tokens), at(o.lr)], tip: () => optimumTip(o) })),
      }),
      interval(target, theme),
      dots({
        name: "target",
        size: 15,
        fill: theme.diverged,
        edge: theme.text,
        edgeWidth: 1.5,
        symbol: "diamond",
        z: 6,
        data: [
          {
            value: place,
            tip: `<b>This target</b><br>${format.tokenCount(target.tokens)} tokens<br>LR <b>${format.learningRate(target.peakLr)}</b>, 95% ${said}`,
          },
        ],
      }),
    ],
  };
}

/** The target's interval, upright. */
function interval({ tokens, interval: { low, high } }: Target, theme: ChartTheme) {
  return {
    type: "line",
    silent: true,
    symbol: "none",
    z: 5,
    lineStyle: { color: theme.diverged, width: 2.5 },
    data: [
      [at(tokens), at(low)],
      [at(tokens), at(high)],
    ],
  };
}

function optimumTip({ tokens, lr, own, batchSeqs, params }: Picture["optima"][number]): string {
  const size = params === null ? "" : `${format.paramCount(params)} parameters, `;
  return `${size}${format.tokenCount(tokens)} tokens, batch ${format.significant(batchSeqs)}<br>best LR ${format.learningRate(own)}, here ${format.learningRate(lr)}`;
}

export function targetLawTable({ optima }: Picture): ChartTable {
  return {
    columns: ["tokens", "parameters", "batch (seq)", "best LR", "at the target's batch and size"],
    rows: optima.map((o) => [o.tokens, o.params ?? "-", o.batchSeqs, o.own, o.lr]),
  };
}
