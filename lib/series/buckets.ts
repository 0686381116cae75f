import { upperBound } from "./points";

/** How the x axis is cut into equal stretches: of x, or of log x. */
export type Scale = "linear" | "log";

/** The columns of `Buckets`, in the order in which they travel. */
export const BUCKET_COLUMNS = ["x", "min", "max", "mean", "last", "count", "nonFinite"] as const;

/**
 * Non-empty buckets in ascending x. `x` is where the bucket's last point lies and `last` its value, so a bucket of one
 * point is that point; `min`, `max` and `mean` are over the bucket's finite values, NaN without any.
 */
export type Buckets = Record<(typeof BUCKET_COLUMNS)[number], Float64Array>;

/**
 * Cuts points into at most `buckets` equal stretches of `[from, to]`; points outside are left out. With at most
 * `buckets` points in range each point is a bucket of its own (see `isExact`). Every spike survives: the extremes are the true ones.
 * `x` ascending; on a log scale `from` must be above 0.
 */
export function bucketise(
  x: Float64Array,
  values: Float64Array,
  view: { from: number; to: number; buckets: number; scale: Scale },
): Buckets {
  const { from, to, buckets, scale } = view;
  const [start, end] = [lowerBound(x, from), upperBound(x, to)];
  const n = Math.max(0, end - start);
  if (n <= buckets) return single(x.subarray(start, end), values.subarray(start, end));
  const out = allocate(buckets);
  const log = scale === "log";
  const origin = log ? Math.log(from) : from;
  const perUnit = to > from ? buckets / ((log ? Math.log(to) : to) - origin) : 0;
  let at = -1;
  let current = -1;
  let [low, high, sum, count, nonFinite] = [Number.NaN, Number.NaN, 0, 0, 0];
  const close = (last: number) => {
    const finite = count - nonFinite;
    out.x[at] = x[last]!;
    out.last[at] = values[last]!;
    out.min[at] = low;
    out.max[at] = high;
    // Rounding or overflow of the sum must not take the mean out of its bucket.
    out.mean[at] = finite > 0 ? Math.min(high, Math.max(low, sum / finite)) : Number.NaN;
    out.count[at] = count;
    out.nonFinite[at] = nonFinite;
  };
  for (let i = start; i < end; i++) {
    const place = log ? Math.log(x[i]!) : x[i]!;
    const bucket = Math.min(buckets - 1, Math.floor((place - origin) * perUnit));
    if (bucket !== current) {
      if (at >= 0) close(i - 1);
      current = bucket;
      at++;
      low = Number.NaN;
      high = Number.NaN;
      sum = 0;
      count = 0;
      nonFinite = 0;
    }
    const v = values[i]!;
    count++;
    if (v - v !== 0) nonFinite++;
    else {
      sum += v;
      if (!(v >= low)) low = v;
      if (!(v <= high)) high = v;
    }
  }
  if (at >= 0) close(end - 1);
  return shortened(out, at + 1);
}

/** Whether every bucket is one point: then `x` and `last` say all there is. */
export function isExact({ count }: Buckets): boolean {
  for (const n of count) if (n !== 1) return false;
  return true;
}

/** Each point as a bucket of its own; columns that are equal share their memory. */
export function single(x: Float64Array, last: Float64Array): Buckets {
  const nonFinite = new Float64Array(x.length);
  let any = false;
  for (let i = 0; i < last.length; i++) {
    if (last[i]! - last[i]! === 0) continue;
    nonFinite[i] = 1;
    any = true;
  }
  const finite = any ? last.map((v) => (v - v === 0 ? v : Number.NaN)) : last;
  return { x, min: finite, max: finite, mean: finite, last, count: new Float64Array(x.length).fill(1), nonFinite };
}

function allocate(n: number): Buckets {
  return Object.fromEntries(BUCKET_COLUMNS.map((c) => [c, new Float64Array(n)])) as Buckets;
}

function shortened(b: Buckets, n: number): Buckets {
  return Object.fromEntries(BUCKET_COLUMNS.map((c) => [c, b[c].subarray(0, n)])) as Buckets;
}

/** Index of the first entry of ascending `x` that is not below `value`. */
export function lowerBound(x: Float64Array, value: number): number {
  let [low, high] = [0, x.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (x[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
