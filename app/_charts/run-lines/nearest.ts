import { lowerBound } from "@/lib/series";
import { type Area, along, type Frame, type RunLine, valueAt, xPixels, yPixels } from "./lines";

/** A bucket of a line, by index. */
export interface Spot {
  line: number;
  bucket: number;
}

/** How far from the pointer, in pixels, a line may pass to be the one that is meant. */
const REACH = 30;

/** The line that passes nearest to a pixel, and its nearest bucket. Null when none passes within reach. */
export function nearest(
  lines: readonly RunLine[],
  frame: Frame,
  area: Area,
  at: { x: number; y: number },
): Spot | null {
  const [px, py] = [xPixels(frame, area), yPixels(frame, area)];
  if (px.scale === 0) return null;
  const x = valueAt((at.x - px.offset) / px.scale, frame.x);
  let found: Spot | null = null;
  let least = REACH;
  lines.forEach((line, index) => {
    const { buckets } = line;
    if (buckets.x.length === 0) return;
    const next = lowerBound(buckets.x, x);
    const pixel = (i: number) => px.offset + px.scale * along(buckets.x[i]!, frame.x);
    const height = (value: number) => py.offset + py.scale * along(value, frame.y);
    for (let i = Math.max(0, next - 1); i <= Math.min(buckets.x.length - 1, next); i++) {
      const [top, bottom] = line.smoothed
        ? [height(line.smoothed[i]!), height(line.smoothed[i]!)]
        : [height(buckets.max[i]!), height(buckets.min[i]!)];
      const across = pixel(i) - at.x;
      const up = at.y < top ? top - at.y : at.y > bottom ? at.y - bottom : 0;
      const distance = Math.hypot(across, up);
      if (distance < least) {
        least = distance;
        found = { line: index, bucket: i };
      }
    }
    if (next === 0 || next >= buckets.x.length) return;
    // Between two points the line itself may pass nearer than either.
    const [left, right] = [pixel(next - 1), pixel(next)];
    const share = right > left ? (at.x - left) / (right - left) : 0;
    const middle = (i: number) => height(line.smoothed?.[i] ?? buckets.mean[i]!);
    const [from, to] = [middle(next - 1), middle(next)];
    const slope = right > left ? (to - from) / (right - left) : 0;
    const distance = Math.abs(at.y - (from + share * (to - from))) / Math.hypot(1, slope);
    if (distance < least) {
      least = distance;
      found = { line: index, bucket: share < 0.5 ? next - 1 : next };
    }
  });
  return found;
}

/** The bucket of a line nearest to a value of x. Null for an empty line. */
export function bucketAt(line: RunLine, x: number, log: boolean): number | null {
  const places = line.buckets.x;
  if (places.length === 0) return null;
  const next = lowerBound(places, x);
  if (next === 0) return 0;
  if (next >= places.length) return places.length - 1;
  const far = (i: number) => Math.abs(along(places[i]!, { log }) - along(x, { log }));
  return far(next - 1) <= far(next) ? next - 1 : next;
}
