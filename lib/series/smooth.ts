/**
 * Exponential moving average for points that are not evenly spaced: a point's weight falls by half over `halfLife` of x
 * (tokens, steps or seconds). Non-finite values are passed through and do not enter the average. `x` ascending.
 */
export function smooth(x: readonly number[], y: readonly number[], halfLife: number): number[] {
  if (!(halfLife > 0)) return [...y];
  let weighted = 0;
  let weight = 0;
  let last: number | null = null;
  return y.map((value, i) => {
    if (!Number.isFinite(value)) return value;
    const keep = last === null ? 0 : 0.5 ** ((x[i]! - last) / halfLife);
    // A point stands for the stretch since the one before, so dense stretches do not outweigh sparse ones.
    const share = last === null ? 1 : 1 - keep;
    weighted = keep * weighted + share * value;
    weight = keep * weight + share;
    last = x[i]!;
    return weight > 0 ? weighted / weight : value;
  });
}
