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
 * `buckets` points in range each point is a bucket of its own. Every spike survives: the extremes are the true ones.
 * `x` ascending; on a log scale `from` must be above 0.
 */
export function bucketise(
  x: Float64Array,
  values: Float64Array,
  view: { from: number; to: number; buckets: number; scale: Scale },
): Buckets {
  const { from, to, buckets, scale } = view;
  const [start, end] = [lowerBound(x, from), upperEnd(x, to)];
  const n = Math.max(0, end - start);
  const each = n <= buckets;
  const out = allocate(Math.min(n, buckets));
  const place = scale === "log" ? Math.log : (v: number) => v;
  const origin = place(from);
  const perUnit = to > from ? buckets / (place(to) - origin) : 0;
  let at = -1;
  let current = -1;
  let sum = 0;
  const close = () => {
    const finite = out.count[at]! - out.nonFinite[at]!;
    // Rounding or overflow of the sum must not take the mean out of its bucket.
    if (finite > 0) out.mean[at] = Math.min(out.max[at]!, Math.max(out.min[at]!, sum / finite));
    else out.mean[at] = Number.NaN;
  };
  for (let i = start; i < end; i++) {
    const bucket = each ? i : Math.min(buckets - 1, Math.floor((place(x[i]!) - origin) * perUnit));
    if (bucket !== current) {
      if (at >= 0) close();
      current = bucket;
      at++;
      sum = 0;
      out.min[at] = Number.NaN;
      out.max[at] = Number.NaN;
    }
    const v = values[i]!;
    out.x[at] = x[i]!;
    out.last[at] = v;
    out.count[at]!++;
    if (v - v !== 0) out.nonFinite[at]!++;
    else {
      sum += v;
      if (!(v >= out.min[at]!)) out.min[at] = v;
      if (!(v <= out.max[at]!)) out.max[at] = v;
    }
  }
  if (at >= 0) close();
  return shortened(out, at + 1);
}

function allocate(n: number): Buckets {
  return Object.fromEntries(BUCKET_COLUMNS.map((c) => [c, new Float64Array(n)])) as Buckets;
}

function shortened(b: Buckets, n: number): Buckets {
  return Object.fromEntries(BUCKET_COLUMNS.map((c) => [c, b[c].subarray(0, n)])) as Buckets;
}

function lowerBound(x: Float64Array, value: number): number {
  let [low, high] = [0, x.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (x[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function upperEnd(x: Float64Array, value: number): number {
  let [low, high] = [0, x.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (x[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
