import { type Buckets, lowerBound } from "./buckets";

/** Places at which the curves of a group are averaged. */
const PLACES = 300;

/**
 * The curves of a group as one: at each place the mean over the members that reach it, with `min` and `max` one sample
 * standard deviation below and above it, and `count` the members there. Between its points a member is a straight line;
 * before its first and after its last it is not counted. Values that are not finite are left out of the mean and
 * counted in `nonFinite`.
 */
export function groupBand(members: readonly Buckets[], log: boolean): Buckets {
  const along = (v: number) => (log ? Math.log10(v) : v);
  const back = (v: number) => (log ? 10 ** v : v);
  const curves = members.map((m) => finiteOf(m, log));
  const drawn = curves.filter((c) => c.x.length > 0);
  const low = Math.min(...drawn.map((c) => along(c.x[0]!)));
  const high = Math.max(...drawn.map((c) => along(c.x.at(-1)!)));
  const n = drawn.length === 0 ? 0 : high > low ? PLACES : 1;
  const column = () => new Float64Array(n);
  const out = {
    x: column(),
    min: column(),
    max: column(),
    mean: column(),
    last: column(),
    count: column(),
    nonFinite: column(),
  };
  for (let i = 0; i < n; i++) {
    // The ends are the very places of the points there, whatever rounding says.
    const position = i === 0 ? low : i === n - 1 ? high : low + ((high - low) * i) / (n - 1);
    const values = drawn.flatMap((c) => valueAt(c, position, along) ?? []);
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
    const sd = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
    out.x[i] = back(position);
    out.mean[i] = mean;
    out.last[i] = mean;
    out.min[i] = mean - sd;
    out.max[i] = mean + sd;
    out.count[i] = values.length;
  }
  for (const m of members) {
    for (let i = 0; i < m.x.length && n > 0; i++) {
      if (m.nonFinite[i]! > 0) out.nonFinite[Math.min(n - 1, lowerBound(out.x, m.x[i]!))]! += m.nonFinite[i]!;
    }
  }
  return out;
}

interface Curve {
  x: Float64Array;
  mean: Float64Array;
}

function finiteOf({ x, mean }: Buckets, log: boolean): Curve {
  const kept: number[] = [];
  for (let i = 0; i < x.length; i++) if (Number.isFinite(mean[i]!) && (!log || x[i]! > 0)) kept.push(i);
  return { x: Float64Array.from(kept, (i) => x[i]!), mean: Float64Array.from(kept, (i) => mean[i]!) };
}

/** The curve at a position of the axis; null outside its own points. */
function valueAt({ x, mean }: Curve, position: number, along: (v: number) => number): number | null {
  let [low, high] = [0, x.length - 1];
  if (position < along(x[0]!) || position > along(x[high]!)) return null;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (along(x[middle]!) < position) low = middle + 1;
    else high = middle;
  }
  const right = along(x[low]!);
  if (low === 0 || right === position) return mean[low]!;
  const left = along(x[low - 1]!);
  return mean[low - 1]! + ((mean[low]! - mean[low - 1]!) * (position - left)) / (right - left);
}
