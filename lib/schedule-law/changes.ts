import { square } from "../portable";
import { type Ramp, RatePath, type RateSchedule } from "./schedule";

/**
 * What the law needs of a schedule at some steps, the same for all coefficients. Point p has the sum of all rates
 * `sums[p]` and the changes `first[p]` to `first[p + 1] - 1`: the rate fell by `falls[j]` to exp(`lnRates[j]`), and
 * the rates since sum up to exp(`lnSince[j]`).
 */
export type Changes = {
  sums: Float64Array;
  first: Int32Array;
  falls: Float64Array;
  lnRates: Float64Array;
  lnSince: Float64Array;
};

/**
 * Steps of a ramp that changes by an eighth of the largest rate are taken together while ln(sum since) and ln(rate)
 * change by no more than this. Losses are wrong by less than 1e-5 (`changes.test.ts`), a hundredth of the noise of
 * curves.
 */
const WIDTH = 1;

/**
 * The changes of the rate up to each of `steps`, which are at or after the end of the warmup. Only steps at which the
 * rate changes count: a jump is one, and of a ramp neighbouring steps are grouped, finely near the step that is looked
 * at, where their effect is still growing, and coarsely long before it. `width` 0 takes every step by itself.
 */
export function changesOf(schedule: RateSchedule, steps: readonly number[], width = WIDTH): Changes {
  const path = new RatePath(schedule);
  const [falls, lnRates, lnSince]: [number[], number[], number[]] = [[], [], []];
  const first = new Int32Array(steps.length + 1);
  steps.forEach((step, p) => {
    const sum = path.sumTo(step);
    const add = (k: number, fall: number, rate: number) => {
      const since = sum - path.sumTo(k - 1);
      if (fall === 0 || !(since > 0)) return; // rates of zero since: nothing has come of it yet
      falls.push(fall);
      lnRates.push(Math.log(Math.max(rate, Number.MIN_VALUE)));
      lnSince.push(Math.log(since));
    };
    for (const i of path.jumps) {
      const k = path.knots[i]!;
      if (k <= step) add(k, path.rates[i - 1]! - path.rates[i]!, path.rates[i]!);
    }
    for (const ramp of path.ramps) {
      const [a, b] = [path.knots[ramp.from]!, Math.min(step, path.knots[ramp.to]!)];
      if (b > a) groupRamp(path, ramp, a, b, { sum, width, add });
    }
    first[p + 1] = falls.length;
  });
  return {
    sums: Float64Array.from(steps, (step) => path.sumTo(step)),
    first,
    falls: Float64Array.from(falls),
    lnRates: Float64Array.from(lnRates),
    lnSince: Float64Array.from(lnSince),
  };
}

type Grouping = { sum: number; width: number; add: (k: number, fall: number, rate: number) => void };

/**
 * Steps a + 1 to b of a ramp. Two points stand for a group, those of Gauss on as many equal steps, so that the error
 * goes with the fourth power of its width.
 */
function groupRamp(path: RatePath, ramp: Ramp, a: number, b: number, how: Grouping): void {
  const n = b - a;
  const [high, low] = [path.rateAt(a), path.rateAt(b)];
  if (n > 2 && !isNarrow(path, a, b, how)) {
    const middle = a + (n >> 1);
    groupRamp(path, ramp, a, middle, how);
    groupRamp(path, ramp, middle, b, how);
    return;
  }
  if (n <= 2) {
    for (let k = a + 1; k <= b; k++) how.add(k, path.rateAt(k - 1) - path.rateAt(k), path.rateAt(k));
    return;
  }
  if (high === low) return;
  const spread = Math.sqrt((1 - 1 / (n * n)) / 12);
  for (const part of [0.5 - spread, 0.5 + spread]) {
    const k = path.stepOf(ramp, high + part * (low - high)) + 0.5;
    how.add(k, (high - low) / 2, path.rateAt(k));
  }
}

/**
 * Small falls may be grouped over more: what a group is wrong by goes with its fall and the fourth power of its width.
 */
function isNarrow(path: RatePath, a: number, b: number, { sum, width }: Grouping): boolean {
  const [high, low] = [path.rateAt(a + 1), path.rateAt(b)];
  const since = Math.abs(Math.log((sum - path.sumTo(a)) / (sum - path.sumTo(b - 1))));
  const range = since + Math.abs(Math.log(high / low));
  return square(square(range / width)) * Math.abs(high - low) <= path.largest / 8;
}

/** Only every so many-th point, evenly, so that at most `most` are left; the last one stays. */
export function thinned(
  { sums, first, falls, lnRates, lnSince }: Changes,
  most: number,
): { changes: Changes; kept: number[] } {
  const n = sums.length;
  const count = Math.min(n, most);
  const kept = Array.from({ length: count }, (_, i) => Math.ceil(((i + 1) * n) / count) - 1);
  const take = (values: Float64Array) =>
    Float64Array.from(kept.flatMap((p) => Array.from(values.subarray(first[p], first[p + 1]))));
  const starts = new Int32Array(count + 1);
  kept.forEach((p, i) => {
    starts[i + 1] = starts[i]! + first[p + 1]! - first[p]!;
  });
  const changes = {
    sums: Float64Array.from(kept, (p) => sums[p]!),
    first: starts,
    falls: take(falls),
    lnRates: take(lnRates),
    lnSince: take(lnSince),
  };
  return { changes, kept };
}
