import type { Buckets } from "@/lib/series";
import { type Area, type Frame, xPixels, yPixels } from "./lines";

/**
 * What a line does at its buckets, in pixels: it comes to `first` and goes on from `second`. `joined` to the one
 * before, or after a gap.
 */
export interface Walk {
  x: Float64Array;
  first: Float64Array;
  second: Float64Array;
  joined: Uint8Array;
}

/** Room for a walk along `n` buckets, which may be used for one line after the other. */
export function roomFor(n: number): Walk {
  const column = () => new Float64Array(n);
  return { x: column(), first: column(), second: column(), joined: new Uint8Array(n) };
}

/**
 * The buckets of a line from left to right: through both extremes, the one nearer to where the line comes from first,
 * or along `values` where they are given. Buckets without a finite value are gaps. Returns how many places `room` holds
 * then.
 */
export function walk(
  { x, min, max }: Buckets,
  values: Float64Array | null,
  frame: Frame,
  area: Area,
  room: Walk,
): number {
  const [px, py] = [xPixels(frame, area), yPixels(frame, area)];
  const [logX, logY] = [frame.x.log, frame.y.log];
  const floor = area.y + area.height;
  const [uppers, lowers] = values ? [values, values] : [max, min];
  let before = Number.NaN;
  let n = 0;
  for (let i = 0; i < x.length; i++) {
    const at = px.offset + px.scale * (logX ? Math.log10(x[i]!) : x[i]!);
    const high = py.offset + py.scale * (logY ? Math.log10(uppers[i]!) : uppers[i]!);
    let low = py.offset + py.scale * (logY ? Math.log10(lowers[i]!) : lowers[i]!);
    // On a logarithmic axis what is 0 or below lies under the floor.
    if (logY && !values && !(low < floor)) low = high > floor ? high : floor;
    // Not zero where one of them is not finite.
    if (high - high + (low - low) + (at - at) !== 0) {
      before = Number.NaN;
      continue;
    }
    const descending = Math.abs(before - high) < Math.abs(before - low);
    const end = descending ? low : high;
    room.x[n] = at;
    room.first[n] = descending ? high : low;
    room.second[n] = end;
    room.joined[n++] = Number.isNaN(before) ? 0 : 1;
    before = end;
  }
  return n;
}
