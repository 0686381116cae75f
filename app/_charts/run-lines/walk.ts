import type { Buckets } from "@/lib/series";
import { type Area, type Frame, xPixels, yPixels } from "./lines";

/** What a line does at a bucket: it comes to `first` and goes on from `second`. `joined` to the bucket before, or after a gap. */
export type Visit = (x: number, first: number, second: number, joined: boolean) => void;

/**
 * Visits the buckets of a line from left to right, in pixels: through both extremes, the one nearer to where the line
 * comes from first, or along `values` where they are given. Buckets without a finite value are gaps.
 */
export function walk(
  { x, min, max }: Buckets,
  values: Float64Array | null,
  frame: Frame,
  area: Area,
  visit: Visit,
): void {
  const [px, py] = [xPixels(frame, area), yPixels(frame, area)];
  const [logX, logY] = [frame.x.log, frame.y.log];
  const floor = area.y + area.height;
  let before = Number.NaN;
  for (let i = 0; i < x.length; i++) {
    const at = px.offset + px.scale * (logX ? Math.log10(x[i]!) : x[i]!);
    const upper = values ? values[i]! : max[i]!;
    const high = py.offset + py.scale * (logY ? Math.log10(upper) : upper);
    let low = high;
    if (!values) {
      low = py.offset + py.scale * (logY ? Math.log10(min[i]!) : min[i]!);
      // On a logarithmic axis what is 0 or below lies under the floor.
      if (logY && !(low < floor)) low = Math.max(high, floor);
    }
    if (!Number.isFinite(high) || !Number.isFinite(low) || !Number.isFinite(at)) {
      before = Number.NaN;
      continue;
    }
    const descending = Math.abs(before - high) < Math.abs(before - low);
    visit(at, descending ? high : low, descending ? low : high, !Number.isNaN(before));
    before = descending ? low : high;
  }
}
