import { quantileSorted } from "d3-array";

/** The mulberry32 generator: uniform numbers in [0, 1). */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** As many indices below `n`, drawn with replacement. */
export function resampleIndices(n: number, random: () => number): number[] {
  return Array.from({ length: n }, () => Math.floor(random() * n));
}

/** Central interval of a sample, with linearly interpolated quantiles (type 7); null for an empty one. */
export function percentileInterval(values: readonly number[], level = 0.95): { low: number; high: number } | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((p, q) => p - q);
  const tail = (1 - level) / 2;
  return { low: quantileSorted(sorted, tail)!, high: quantileSorted(sorted, 1 - tail)! };
}
