import * as format from "@/lib/format";
import type { ChartTheme } from "./theme";

interface AxisSpec {
  name: string;
  /** Pixels between the axis and its name. */
  gap?: number;
  log?: boolean;
  min?: number;
  max?: number;
  /** Written with more digits where ticks would read alike, if it takes them. */
  format: (value: number, digits?: number) => string;
  theme: ChartTheme;
}

/** A value axis with name and unit; log axes are the default for learning rate and tokens. */
export function valueAxis({ name, gap, log = false, min, max, format, theme }: AxisSpec) {
  return {
    type: log ? ("log" as const) : ("value" as const),
    ...(log && { logBase: 10 }),
    ...(!log && { scale: true }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    name,
    nameLocation: "middle" as const,
    ...(gap !== undefined && { nameGap: gap }),
    nameTextStyle: { color: theme.muted, fontSize: 12 },
    axisLine: { show: true, onZero: false, lineStyle: { color: theme.muted } },
    axisTick: { show: true, lineStyle: { color: theme.muted } },
    // Limits come from the data and are no round numbers: only the ticks between them are labelled.
    axisLabel: {
      color: theme.text,
      fontSize: 11,
      hideOverlap: true,
      showMinLabel: min === undefined || min === 0,
      showMaxLabel: max === undefined,
      formatter: (v: number) => format(v),
    },
    splitLine: { lineStyle: { color: theme.line } },
    minorSplitLine: { show: false },
  };
}

/** Log axis whose ticks are the values of the data (a learning-rate or token grid), thinned to at most `most`. */
export function gridAxis(spec: AxisSpec & { values: readonly number[]; most?: number; pad?: number }) {
  const { values, most = 9, pad = 1.35 } = spec;
  const grid = [...new Set(values)].filter((v) => v > 0).sort((p, q) => p - q);
  const low = (grid[0] ?? 1) / pad;
  const high = (grid.at(-1) ?? 10) * pad;
  const every = Math.max(1, Math.ceil(grid.length / most));
  const named = format.apart(grid, spec.format);
  const ticks = grid.filter((_, i) => i % every === 0).map(Math.log10);
  // Back from the logarithm to the very value of the grid: 131072 and not 131071.99999999997.
  const exact = (v: number) =>
    grid.reduce((best, g) => (Math.abs(Math.log10(g) - v) < Math.abs(Math.log10(best) - v) ? g : best), grid[0] ?? 1);
  const axis = valueAxis({
    ...spec,
    log: false,
    min: Math.log10(low),
    max: Math.log10(high),
    format: (v) => named(exact(v)),
  });
  return {
    ...axis,
    scale: false,
    axisLabel: { ...axis.axisLabel, showMinLabel: true, showMaxLabel: true, customValues: ticks },
    axisTick: { ...axis.axisTick, customValues: ticks },
    splitLine: { show: false },
  };
}

/** The axis of training tokens, which ends at `max` where that is given. */
export function tokensAxis(values: readonly number[], theme: ChartTheme, max?: number) {
  const axis = gridAxis({ name: "training tokens T", gap: 28, values, format: format.tokenCount, theme });
  return max === undefined ? axis : { ...axis, max: at(max) };
}

/** A linear axis of the logarithms of learning rates. */
export function rateAxis(spec: Omit<AxisSpec, "format" | "log">) {
  return valueAxis({ ...spec, format: (v) => format.learningRate(10 ** v, 2) });
}

/** Position on a `gridAxis`. */
export const at = (value: number) => Math.log10(value);

/** Space for axis names and labels; the same on every chart so that neighbours line up. */
export const GRID = { left: 62, right: 18, top: 16, bottom: 46 };

/**
 * Limits for a loss axis that early and diverged points cannot squash: from the best to `quantile` of the finite
 * values, with a margin. `above` counts what lies outside.
 */
export function robustRange(values: readonly number[], quantile = 0.97): { min: number; max: number; above: number } {
  const finite = values.filter(Number.isFinite).sort((p, q) => p - q);
  if (finite.length === 0) return { min: 0, max: 1, above: 0 };
  const low = finite[0]!;
  const high = finite[Math.min(finite.length - 1, Math.floor(quantile * finite.length))]!;
  const margin = Math.max((high - low) * 0.06, Math.abs(low) * 1e-3, 1e-9);
  const max = high + margin;
  return { min: low >= 0 ? Math.max(0, low - margin) : low - margin, max, above: finite.filter((v) => v > max).length };
}

export function tooltip(theme: ChartTheme) {
  return {
    backgroundColor: theme.surface,
    borderColor: theme.line,
    textStyle: { color: theme.text, fontSize: 12 },
    confine: true,
    transitionDuration: 0,
  };
}

/** Text that came from people, safe inside a tooltip's HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
