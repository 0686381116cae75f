import * as echarts from "echarts/core";
import { type Area, along, type Frame, type RunLine, xPixels, yPixels } from "./lines";

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
  buildPath(path: Path, { line, frame, area }: EnvelopeShape) {
    if (!line) return;
    const { x, min, max } = line.buckets;
    const [px, py] = [xPixels(frame, area), yPixels(frame, area)];
    const floor = area.y + area.height + 4;
    let before = Number.NaN;
    let [drawn, lastX, lastY] = [0, 0, 0];
    for (let i = 0; i < x.length; i++) {
      const at = px.offset + px.scale * along(x[i]!, frame.x);
      let low = py.offset + py.scale * along(min[i]!, frame.y);
      const high = py.offset + py.scale * along(max[i]!, frame.y);
      // On a logarithmic axis what is 0 or below lies under the floor.
      if (frame.y.log && !(low < floor)) low = floor;
      if (!Number.isFinite(high) || Number.isNaN(low) || !Number.isFinite(at)) {
        before = Number.NaN; // a gap: nothing finite here
        continue;
      }
      const flat = Math.abs(low - high) < FLAT;
      const [first, second] = Math.abs(before - high) < Math.abs(before - low) ? [high, low] : [low, high];
      if (Number.isNaN(before)) path.moveTo(at, first);
      else path.lineTo(at, first);
      if (!flat) path.lineTo(at, second);
      before = flat ? first : second;
      drawn++;
      lastX = at;
      lastY = first;
    }
    if (drawn === 1) {
      path.moveTo(lastX + DOT, lastY);
      path.arc(lastX, lastY, DOT, 0, 2 * Math.PI);
    }
  },
});

/** The smoothed line of a run. */
export const Smoothed = echarts.graphic.extendShape({
  shape: { line: null } as unknown as EnvelopeShape,
  buildPath(path: Path, { line, frame, area }: EnvelopeShape) {
    if (!line?.smoothed) return;
    const [px, py] = [xPixels(frame, area), yPixels(frame, area)];
    let open = false;
    line.smoothed.forEach((value, i) => {
      const at = px.offset + px.scale * along(line.buckets.x[i]!, frame.x);
      const height = py.offset + py.scale * along(value, frame.y);
      if (!Number.isFinite(height) || !Number.isFinite(at)) open = false;
      else if (open) path.lineTo(at, height);
      else {
        path.moveTo(at, height);
        open = true;
      }
    });
  },
});

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
