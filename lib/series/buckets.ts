import { upperBound } from "./points";

/** How the x axis is cut into equal stretches: of x, or of log x. */
export type Scale = "linear" | "log";

/** The columns of `Buckets`, in the order in which they travel; `count` and `nonFinite` count points. */
export const BUCKET_COLUMNS = ["x", "min", "max", "mean", "last", "count", "nonFinite"] as const;

/**
 * Non-empty buckets in ascending x. `x` is where the bucket's last point lies and `last` its value, so a bucket of one
 * point is that point; `min`, `max` and `mean` are over the bucket's finite values, NaN without any.
 */
export type Buckets = Record<(typeof BUCKET_COLUMNS)[number], Float64Array>;

/** What of x is cut, `from` and `to` in its own unit (steps, tokens or milliseconds), into how many buckets. */
export interface View {
  from: number;
  to: number;
  buckets: number;
  scale: Scale;
}

/**
 * Cuts points into at most `buckets` equal stretches of `[from, to]`; points outside are left out. With at most
 * `buckets` points in range each point is a bucket of its own (see `Cut`). Every spike survives: the extremes are the
 * true ones. `x` ascending; on a log scale `from` must be above 0.
 */
export function bucketise(x: Float64Array, values: Float64Array, view: View): Buckets {
  const { exact, columns } = bucketiser(view)(x);
  return whole(exact, columns(exact ? values.slice() : values));
}

/** How an x is cut, which its values have no part in. */
export interface Cut {
  /** How many buckets there are. */
  size: number;
  /** Whether every bucket is one point: then `x` and `last` say all there is. */
  exact: boolean;
  /**
   * Columns of the buckets of values at that x: all, or where `exact` x and last, which are views of x and `values`.
   */
  columns: (values: Float64Array) => Columns;
}

/** What says all of some buckets. */
export type Columns = Pick<Buckets, "x" | "last"> & Partial<Buckets>;

/** All columns of buckets that `columns` says all of. */
export function whole(exact: boolean, columns: Columns): Buckets {
  return exact ? single(columns.x, columns.last) : (columns as Buckets);
}

/**
 * `bucketise` for many series: those with the same array as x share how it is cut, and the columns that follow from it.
 */
export function bucketiser(view: View): (x: Float64Array) => Cut {
  const known = new Map<Float64Array, Cut>();
  return (x) => {
    const cut = known.get(x) ?? cutUp(x, view);
    known.set(x, cut);
    return cut;
  };
}

function cutUp(x: Float64Array, view: View): Cut {
  const start = lowerBound(x, view.from);
  const end = Math.max(start, upperBound(x, view.to));
  if (end - start <= view.buckets) {
    const part = x.subarray(start, end);
    return { size: part.length, exact: true, columns: (values) => ({ x: part, last: values.subarray(start, end) }) };
  }
  const ends = bucketEnds(x, start, end, view);
  const last = new Float64Array(ends.length);
  const count = new Float64Array(ends.length);
  for (let b = 0; b < ends.length; b++) {
    last[b] = x[ends[b]! - 1]!;
    count[b] = ends[b]! - (b === 0 ? start : ends[b - 1]!);
  }
  const grid = { ends, x: last, count };
  return { size: ends.length, exact: false, columns: (values) => filled(values, start, grid) };
}

/** Of each bucket that has points: the index after its last one, where that lies, how many there are. */
interface Grid {
  ends: Uint32Array;
  x: Float64Array;
  count: Float64Array;
}

function bucketEnds(x: Float64Array, start: number, end: number, { from, to, buckets, scale }: View): Uint32Array {
  const log = scale === "log";
  const origin = log ? Math.log(from) : from;
  const perUnit = to > from ? buckets / ((log ? Math.log(to) : to) - origin) : 0;
  const ends = new Uint32Array(buckets);
  let at = 0;
  let current = -1;
  for (let i = start; i < end; i++) {
    const place = log ? Math.log(x[i]!) : x[i]!;
    const bucket = Math.min(buckets - 1, Math.floor((place - origin) * perUnit));
    if (bucket !== current && i > start) ends[at++] = i;
    current = bucket;
  }
  ends[at++] = end;
  return ends.subarray(0, at);
}

function filled(values: Float64Array, start: number, { ends, x, count }: Grid): Buckets {
  const n = ends.length;
  const column = () => new Float64Array(n);
  const [min, max, mean, last, nonFinite] = [column(), column(), column(), column(), column()];
  let i = start;
  for (let b = 0; b < n; b++) {
    const end = ends[b]!;
    let low = Number.NaN;
    let high = Number.NaN;
    let sum = 0;
    let finite = 0;
    for (; i < end; i++) {
      const v = values[i]!;
      if (v - v !== 0) continue;
      finite++;
      sum += v;
      if (!(v >= low)) low = v;
      if (!(v <= high)) high = v;
    }
    min[b] = low;
    max[b] = high;
    // Rounding or overflow of the sum must not take the mean out of its bucket.
    mean[b] = finite > 0 ? Math.min(high, Math.max(low, sum / finite)) : Number.NaN;
    last[b] = values[end - 1]!;
    nonFinite[b] = count[b]! - finite;
  }
  return { x, min, max, mean, last, count, nonFinite };
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
