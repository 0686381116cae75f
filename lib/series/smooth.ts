/** How a curve is smoothed; lengths are in the unit of x (tokens, steps, milliseconds, or their logarithm). */
export type Smoothing =
  | { kind: "none" }
  /** Exponential moving average: a point's weight falls by half over `halfLife`. */
  | { kind: "ema"; halfLife: number }
  /** Mean over the `width` around a point. */
  | { kind: "window"; width: number }
  /** Mean with normal weights around a point; `sigma` is their standard deviation, cut off at three of them. */
  | { kind: "gaussian"; sigma: number };

/**
 * Smoothed values at the places of `x` (ascending, any spacing). `weights` says for how many points each entry stands
 * (1 without it). Non-finite values are passed through and do not enter any average; what is smoothed lies between the
 * extremes of what went in. A length of 0 or below changes nothing.
 */
export function smooth(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  how: Smoothing,
  weights?: ArrayLike<number>,
): Float64Array {
  switch (how.kind) {
    case "ema":
      return how.halfLife > 0 ? ema(x, y, how.halfLife) : Float64Array.from(y);
    case "window":
      return how.width > 0 ? local(x, y, how.width / 2, () => 1, weights) : Float64Array.from(y);
    case "gaussian": {
      const { sigma } = how;
      return sigma > 0
        ? local(x, y, 3 * sigma, (d) => Math.exp(-0.5 * (d / sigma) ** 2), weights)
        : Float64Array.from(y);
    }
    default:
      return Float64Array.from(y);
  }
}

function ema(x: ArrayLike<number>, y: ArrayLike<number>, halfLife: number): Float64Array {
  const out = new Float64Array(y.length);
  let mean = Number.NaN;
  let last = Number.NaN;
  for (let i = 0; i < y.length; i++) {
    const value = y[i]!;
    out[i] = value;
    if (value - value !== 0) continue;
    // A point stands for the stretch since the one before, so dense stretches do not outweigh sparse ones.
    const keep = Number.isNaN(last) ? 0 : 0.5 ** ((x[i]! - last) / halfLife);
    mean = keep === 0 ? value : keep * mean + (1 - keep) * value;
    out[i] = mean;
    last = x[i]!;
  }
  return out;
}

/** Mean of the values within `reach` on either side, weighted by `kernel` of the distance. */
function local(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  reach: number,
  kernel: (distance: number) => number,
  weights?: ArrayLike<number>,
): Float64Array {
  const out = new Float64Array(y.length);
  let from = 0;
  let to = 0;
  for (let i = 0; i < y.length; i++) {
    const here = x[i]!;
    while (from < i && here - x[from]! > reach) from++;
    while (to < y.length && x[to]! - here <= reach) to++;
    out[i] = y[i]!;
    if (out[i]! - out[i]! !== 0) continue;
    let total = 0;
    let mean = 0;
    for (let k = from; k < to; k++) {
      const value = y[k]!;
      if (value - value !== 0) continue;
      const weight = kernel(x[k]! - here) * (weights?.[k] ?? 1);
      if (!(weight > 0)) continue;
      total += weight;
      mean += (weight / total) * (value - mean);
    }
    if (total > 0) out[i] = mean;
  }
  return out;
}
