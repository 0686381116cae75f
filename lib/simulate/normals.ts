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
