/**
 * Minimum of `f` by the downhill simplex of Nelder and Mead (coefficients 1, 2, 1/2, 1/2), started from `start` with
 * edges `edge`. Stops when the simplex is smaller than `tolerance` in every coordinate and value.
 */
export function nelderMead(
  f: (x: number[]) => number,
  start: readonly number[],
  edge: number,
  { tolerance = 1e-10, maxEvaluations = 2000 } = {},
): { x: number[]; value: number } {
  const at = (x: number[]) => ({ x, value: f(x) });
  const simplex = [at([...start]), ...start.map((_, i) => at(start.map((v, j) => (i === j ? v + edge : v))))];
  for (let evaluations = simplex.length; evaluations < maxEvaluations; ) {
    simplex.sort((p, q) => p.value - q.value);
    const best = simplex[0]!;
    const worst = simplex[simplex.length - 1]!;
    const size = Math.max(...simplex.flatMap((v) => v.x.map((c, j) => Math.abs(c - best.x[j]!))));
    if (size < tolerance || worst.value - best.value <= 1e-15 * Math.abs(best.value)) break;
    const others = simplex.slice(0, -1);
    const centroid = start.map((_, j) => others.reduce((s, v) => s + v.x[j]!, 0) / others.length);
    const towards = (t: number) => at(centroid.map((c, j) => c + t * (worst.x[j]! - c)));
    const reflected = towards(-1);
    evaluations++;
    let next = reflected;
    if (reflected.value < best.value) {
      const expanded = towards(-2);
      evaluations++;
      if (expanded.value < reflected.value) next = expanded;
    } else if (reflected.value >= others[others.length - 1]!.value) {
      next = towards(reflected.value < worst.value ? -0.5 : 0.5);
      evaluations++;
      if (next.value >= Math.min(reflected.value, worst.value)) {
        for (let i = 1; i < simplex.length; i++) {
          simplex[i] = at(simplex[i]!.x.map((c, j) => (c + best.x[j]!) / 2));
        }
        evaluations += others.length;
        continue;
      }
    }
    simplex[simplex.length - 1] = next;
  }
  return simplex.reduce((best, v) => (v.value < best.value ? v : best));
}
