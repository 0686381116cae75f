import type { FittedOptimum } from "@/lib/fit";
import * as format from "@/lib/format";
import { type TimescaleLaw, type TimescalePoint, timescaleAt } from "@/lib/weight-decay";
import { at, GRID, gridAxis, valueAxis } from "./axes";
import type { ChartOption, ChartTable } from "./chart";
import { band, dots, legend, line, tips } from "./marks";
import { type ChartTheme, categoryColour } from "./theme";

const STEPS = 30;

/**
 * Timescale of the weights at each curve's best rate, as a part of the run, against tokens per parameter; colour by
 * weight decay. With several decays the law of the least loss, with its 95% interval where it has one.
 */
export function timescaleOption(
  points: readonly TimescalePoint<FittedOptimum>[],
  law: TimescaleLaw | null,
  theme: ChartTheme,
): ChartOption {
  const decays = [...new Set(points.map((p) => p.of.dims.weightDecay!))].sort((p, q) => p - q);
  const ratios = points.map((p) => p.tokensPerParam ?? 1);
  const drawn = law ? lawLine(law, Math.min(...ratios), Math.max(...ratios)) : [];
  const bounded = drawn.filter((p) => p.interval !== null);
  return {
    grid: { ...GRID, top: 34 },
    legend: legend(theme, { data: decays.map(nameOf) }),
    tooltip: tips(theme),
    xAxis: gridAxis({ name: "tokens per parameter T / N", gap: 28, values: ratios, format: format.significant, theme }),
    yAxis: valueAxis({
      name: "timescale / run",
      gap: 44,
      format: (v) => format.significant(10 ** v, 2),
      theme,
    }),
    series: [
      ...(bounded.length > 1
        ? [
            band(
              "95% law",
              {
                low: bounded.map((p) => [at(p.x), at(p.interval!.low)]),
                high: bounded.map((p) => [at(p.x), at(p.interval!.high)]),
              },
              { fill: theme.accent, opacity: 0.2 },
            ),
          ]
        : []),
      line({ color: theme.accent, width: 2 }, { name: "law", data: drawn.map((p) => [at(p.x), at(p.best)]), z: 3 }),
      ...decays.map((decay, i) =>
        dots({
          name: nameOf(decay),
          size: 8,
          fill: categoryColour(i, theme),
          z: 4,
          data: points
            .filter((p) => p.of.dims.weightDecay === decay)
            .map((p) => ({
              id: p.of.key,
              value: [at(p.tokensPerParam ?? 1), at(p.timescale)],
              tip: `${nameOf(decay)}, ${format.tokenCount(p.of.dims.tokens)} tokens, batch ${p.of.dims.batchSeqs}<br>LR ${format.learningRate(p.of.estimate!.lr)}: timescale <b>${format.significant(p.timescale)}</b> of the run, loss ${format.loss(p.of.estimate!.loss)}`,
            })),
        }),
      ),
    ],
  };
}

const nameOf = (decay: number) => `weight decay ${format.significant(decay)}`;

function lawLine(law: TimescaleLaw, first: number, last: number) {
  return Array.from({ length: STEPS + 1 }, (_, i) => {
    const x = first * (last / first) ** (i / STEPS);
    return { x, ...timescaleAt(law, x) };
  });
}

export function timescaleTable(points: readonly TimescalePoint<FittedOptimum>[]): ChartTable {
  return {
    columns: ["tokens per parameter", "weight decay", "tokens", "batch (seq)", "best LR", "timescale / run", "loss"],
    rows: points.map(({ of, tokensPerParam, timescale }) => [
      tokensPerParam ?? "-",
      of.dims.weightDecay ?? "-",
      of.dims.tokens,
      of.dims.batchSeqs,
      of.estimate!.lr,
      timescale,
      of.estimate!.loss,
    ]),
  };
}
