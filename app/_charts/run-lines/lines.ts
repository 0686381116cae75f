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

/** Share of the highest values that may lie above a view that is not `full`, where they reach so many times as far. */
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
  /** What is shown on each side of a single place; half of its distance from 0 where it is not given. */
  room?: number;
}

/** The part of the data that is shown, and how many buckets in it reach above it. */
export function limits({ lines, logX, logY, range, full, room }: LimitsInput): Frame & { above: number } {
  const { left, right, low, top, tops, count } = extremes(lines, logX, logY, range);
  const x = range ? { min: range.from, max: range.to } : widened(left, right, logX, room);
  if (count === 0) return { x: { ...x, log: logX }, y: { min: logY ? 0.1 : 0, max: 1, log: logY }, above: 0 };
  let high = top;
  let above = 0;
  // As long as few values reach far above all others, they are left out of the view; each pass costs one look at all.
  while (!full && !logY && high > low) {
    const shorter = below(lines, tops, logX, range, low + (high - low) / FLATTENED, CUT * count);
    if (shorter.above > CUT * count || !(shorter.top < high)) break;
    high = shorter.top;
    above = shorter.above;
  }
  const y = padded(low, high, logY);
  return { x: { ...x, log: logX }, y: { ...y, log: logY }, above };
}

/** Ends of what there is in range, and the top of each line; `count` buckets have a value that can be drawn. */
function extremes(lines: readonly RunLine[], logX: boolean, logY: boolean, range: LimitsInput["range"]) {
  let [left, right] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [low, top, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  const [from, to] = bounds(logX, range);
  const tops = lines.map(({ buckets: { x, min, max } }) => {
    let highest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < x.length; i++) {
      const at = x[i]!;
      if (!(at >= from && at <= to)) continue;
      if (at < left) left = at;
      if (at > right) right = at;
      const upper = max[i]!;
      if (upper - upper !== 0 || (logY && !(upper > 0))) continue;
      count++;
      if (upper > highest) highest = upper;
      const lower = logY && !(min[i]! > 0) ? upper : min[i]!;
      if (lower < low) low = lower;
    }
    if (highest > top) top = highest;
    return highest;
  });
  return { left, right, low, top, tops, count };
}

/** The highest value that is not above `limit`, and how many are; more than `most` are not counted. */
function below(
  lines: readonly RunLine[],
  tops: readonly number[],
  logX: boolean,
  range: LimitsInput["range"],
  limit: number,
  most: number,
) {
  let [top, above] = [Number.NEGATIVE_INFINITY, 0];
  const [from, to] = bounds(logX, range);
  for (const [line, { buckets }] of lines.entries()) {
    const { x, max } = buckets;
    if (above > most) break;
    if (tops[line]! <= limit) {
      if (tops[line]! > top) top = tops[line]!;
      continue;
    }
    for (let i = 0; i < x.length; i++) {
      const upper = max[i]!;
      if (!(x[i]! >= from && x[i]! <= to) || upper - upper !== 0) continue;
      if (upper > limit) above++;
      else if (upper > top) top = upper;
    }
  }
  return { top, above };
}

const bounds = (logX: boolean, range: LimitsInput["range"]) =>
  [
    Math.max(range?.from ?? Number.NEGATIVE_INFINITY, logX ? Number.MIN_VALUE : Number.NEGATIVE_INFINITY),
    range?.to ?? Number.POSITIVE_INFINITY,
  ] as const;

/** A hundredth on both sides, so that marks at the ends are whole; room around a single place. */
function widened(min: number, max: number, log: boolean, room = Math.abs(min) / 2 || 1): { min: number; max: number } {
  if (!(max >= min)) return { min: log ? 1 : 0, max: log ? 10 : 1 };
  if (max > min && log) return { min: min / (max / min) ** 0.01, max: max * (max / min) ** 0.01 };
  if (max > min) return { min: min - (max - min) / 100, max: max + (max - min) / 100 };
  return log ? { min: min / 2, max: max * 2 } : { min: min - room, max: max + room };
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
