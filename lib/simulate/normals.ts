import { mulberry32 } from "../fit";

/** Standard normal numbers from uniform ones (polar method of Marsaglia): the same bits everywhere. */
export function normals(seed: number): () => number {
  const uniform = mulberry32(seed);
  return () => {
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const s = x * x + y * y;
      if (s > 0 && s < 1) return x * Math.sqrt((-2 * Math.log(s)) / s);
    }
  };
}

/** One standard normal number for a key: equal keys give equal numbers, in whatever order they are asked for. */
export function normalOf(...key: number[]): number {
  let hash = 2166136261;
  for (const byte of new Uint8Array(Float64Array.from(key).buffer)) hash = Math.imul(hash ^ byte, 16777619);
  return normals(hash)();
}
