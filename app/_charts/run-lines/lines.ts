import { quickselect } from "d3-array";
import type { Buckets } from "@/lib/series";

export type LineX = "tokens" | "step" | "elapsed" | "time";

/** One run's curve as it is drawn. */
export interface RunLine {
  runId: string;
  name: string;
  colour: string;
  buckets: Buckets;
  /** One value a bucket where the curve is smoothed; the envelope is drawn pale behind it. */
  smoothed: Float64Array | null;
}

/** One axis of the view: what it shows, ascending, and whether by its logarithm. */
export interface Span {
  min: number;
  max: number;
  log: boolean;
}

export interface Frame {
  x: Span;
  y: Span;
}

/** Rectangle of the plot in CSS pixels. */
export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Position on an axis: the value, or its decimal logarithm (not a number where there is none). */
export const along = (value: number, { log }: Pick<Span, "log">) => (log ? Math.log10(value) : value);

/** From a position back to the value. */
export const valueAt = (position: number, { log }: Pick<Span, "log">) => (log ? 10 ** position : position);

/** Linear map of positions to pixels: `offset + scale * position`. */
export function toPixels(span: Span, start: number, end: number): { offset: number; scale: number } {
  const [low, high] = [along(span.min, span), along(span.max, span)];
  const scale = high > low ? (end - start) / (high - low) : 0;
  return { offset: start - scale * low, scale };
}

export const xPixels = (frame: Frame, area: Area) => toPixels(frame.x, area.x, area.x + area.width);
export const yPixels = (frame: Frame, area: Area) => toPixels(frame.y, area.y + area.height, area.y);

/** Share of the highest values that may lie above a view that is not `full`, where it is so many times lower without them. */
const CUT = 0.01;
const FLATTENED = 20;
const MARGIN = 0.05;

interface LimitsInput {
  lines: readonly RunLine[];
  logX: boolean;
  logY: boolean;
  /** Chosen by zooming; all there is without. */
  range: { from: number; to: number } | null;
  /** Show every value. Otherwise the highest hundredth may lie above where it would flatten the rest. */
  full: boolean;
}

/** The part of the data that is shown, and how many buckets in it reach above it. */
export function limits({ lines, logX, logY, range, full }: LimitsInput): Frame & { above: number } {
  let [left, right] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let low = Number.POSITIVE_INFINITY;
  const highs: number[] = [];
  for (const { buckets } of lines) {
    for (let i = 0; i < buckets.x.length; i++) {
      const x = buckets.x[i]!;
      if ((logX && !(x > 0)) || (range && (x < range.from || x > range.to))) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      const max = buckets.max[i]!;
      if (!Number.isFinite(max) || (logY && !(max > 0))) continue;
      highs.push(max);
      const min = buckets.min[i]!;
      const bottom = logY && !(min > 0) ? max : min;
      if (bottom < low) low = bottom;
    }
  }
  const x = range ? { min: range.from, max: range.to } : widened(left, right, logX);
  if (highs.length === 0) return { x: { ...x, log: logX }, y: { min: logY ? 0.1 : 0, max: 1, log: logY }, above: 0 };
  const top = highs.reduce((most, v) => Math.max(most, v), Number.NEGATIVE_INFINITY);
  const high = full || logY ? top : usualTop(highs, low, top);
  const y = padded(low, high, logY);
  return { x: { ...x, log: logX }, y: { ...y, log: logY }, above: highs.filter((v) => v > y.max).length };
}

/** The highest value that is shown: the very highest, unless few values reach far above all others. */
function usualTop(highs: readonly number[], low: number, top: number): number {
  const nth = Math.min(highs.length - 1, Math.ceil((1 - CUT) * highs.length) - 1);
  const usual = quickselect(Float64Array.from(highs) as never as number[], nth)[nth]!;
  return top - low > FLATTENED * (usual - low) ? usual : top;
}

function widened(min: number, max: number, log: boolean): { min: number; max: number } {
  if (!(max >= min)) return { min: log ? 1 : 0, max: log ? 10 : 1 };
  if (max > min) return { min, max };
  return log ? { min: min / 2, max: max * 2 } : { min: min - 1, max: max + 1 };
}

/** A little room above and below; a constant stands in the middle. */
function padded(low: number, high: number, log: boolean): { min: number; max: number } {
  if (log) {
    const room = Math.max(MARGIN * Math.log10(high / low), 0.01);
    const min = Math.max(low / 10 ** room, Number.MIN_VALUE);
    return { min, max: Math.max(Math.min(high * 10 ** room, Number.MAX_VALUE), 2 * min) };
  }
  const room = MARGIN * (high - low) || Math.abs(low) * 0.1 || 1;
  const min = low - room;
  return { min: low >= 0 && min < 0 ? 0 : min, max: Math.min(high + room, Number.MAX_VALUE) };
}
