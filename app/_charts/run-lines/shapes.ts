import * as echarts from "echarts/core";
import { type Area, along, type Frame, type RunLine, xPixels } from "./lines";
import { roomFor, walk } from "./walk";

interface Placement {
  frame: Frame;
  area: Area;
}

export interface EnvelopeShape extends Placement {
  line: RunLine | null;
}

export interface MarkersShape extends Placement {
  lines: readonly RunLine[];
}

/** Below this height, in pixels, a bucket's extremes are one point of the line. */
const FLAT = 0.75;
const DOT = 2.5;
const MARKER = 4;

type Path = CanvasRenderingContext2D;

/** The line of a run through the extremes of every bucket: what spiked stays visible at any zoom. */
export const Envelope = echarts.graphic.extendShape({
  shape: { line: null } as unknown as EnvelopeShape,
  buildPath(path: Path, shape: EnvelopeShape) {
    if (shape.line) trace(path, shape, null);
  },
});

/** The smoothed line of a run. */
export const Smoothed = echarts.graphic.extendShape({
  shape: { line: null } as unknown as EnvelopeShape,
  buildPath(path: Path, shape: EnvelopeShape) {
    if (shape.line?.smoothed) trace(path, shape, shape.line.smoothed);
  },
});

/** A place with a gap on both sides is a dot. */
function trace(path: Path, { line, frame, area }: EnvelopeShape, values: Float64Array | null): void {
  const room = roomFor(line!.buckets.x.length);
  const n = walk(line!.buckets, values, frame, area, room);
  for (let i = 0; i < n; i++) {
    const [x, first, second] = [room.x[i]!, room.first[i]!, room.second[i]!];
    if (room.joined[i]) path.lineTo(x, first);
    else path.moveTo(x, first);
    const isTall = Math.abs(second - first) >= FLAT;
    if (isTall) path.lineTo(x, second);
    const isAlone = !room.joined[i] && (i + 1 === n || !room.joined[i + 1]);
    if (!isAlone || isTall) continue;
    path.moveTo(x + DOT, first);
    path.arc(x, first, DOT, 0, 2 * Math.PI);
  }
}

/** A triangle on the top rail wherever a run has NaN or infinite values. */
export const NonFiniteMarkers = echarts.graphic.extendShape({
  shape: { lines: [] } as unknown as MarkersShape,
  buildPath(path: Path, { lines, frame, area }: MarkersShape) {
    for (const column of nonFiniteColumns(lines, frame, area)) {
      path.moveTo(column - MARKER, area.y);
      path.lineTo(column + MARKER, area.y);
      path.lineTo(column, area.y + 1.6 * MARKER);
      path.closePath();
    }
  },
});

/** Whole pixels of the view at which some line has a value that is not finite, ascending. */
export function nonFiniteColumns(lines: readonly RunLine[], frame: Frame, area: Area): number[] {
  const px = xPixels(frame, area);
  const columns = new Set<number>();
  for (const { buckets } of lines) {
    for (let i = 0; i < buckets.x.length; i++) {
      if (!(buckets.nonFinite[i]! > 0)) continue;
      const column = Math.round(px.offset + px.scale * along(buckets.x[i]!, frame.x));
      if (column >= Math.floor(area.x) && column <= Math.ceil(area.x + area.width)) columns.add(column);
    }
  }
  return [...columns].sort((p, q) => p - q);
}

echarts.graphic.registerShape("envelope", Envelope);
echarts.graphic.registerShape("smoothed", Smoothed);
echarts.graphic.registerShape("nonFinite", NonFiniteMarkers);
