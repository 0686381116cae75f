/**
 * Indices of at most `4 * buckets` points that draw like all of them: the first, lowest, highest and last point of each
 * of `buckets` equal stretches of x. Non-finite values are kept only as first or last. `x` ascending.
 */
export function minMaxBuckets(x: readonly number[], y: readonly number[], buckets: number): number[] {
  const n = x.length;
  if (n <= 4 * buckets || buckets < 1) return Array.from({ length: n }, (_, i) => i);
  const [start, end] = [x[0]!, x[n - 1]!];
  const bucketOf = (i: number) =>
    end > start ? Math.min(buckets - 1, Math.floor(((x[i]! - start) / (end - start)) * buckets)) : 0;
  const kept: number[] = [];
  for (let from = 0; from < n; ) {
    let to = from;
    let [low, high] = [from, from];
    while (to < n && bucketOf(to) === bucketOf(from)) {
      if (y[to]! < y[low]! || !Number.isFinite(y[low]!)) low = to;
      if (y[to]! > y[high]! || !Number.isFinite(y[high]!)) high = to;
      to++;
    }
    kept.push(...[...new Set([from, low, high, to - 1])].sort((p, q) => p - q));
    from = to;
  }
  return kept;
}
