/**
 * The learning rates of a run as they were logged: `rates[i]` is that of step `steps[i]`, steps ascending. Steps before
 * `warmupSteps` are warmup.
 */
export type RateSchedule = { warmupSteps: number; steps: readonly number[]; rates: readonly number[] };

/** The largest rate; a curve may have more points than a call has arguments. */
export function largestOf(rates: readonly number[]): number {
  return rates.reduce((most, rate) => Math.max(most, rate), -Infinity);
}

/** Steps at which the rate only falls, or only rises, without a jump: knots `from` to `to` of a path. */
export type Ramp = { from: number; to: number };

/** A change of less than this part of the largest rate is never a jump. */
const LEAST_JUMP = 0.02;
/** A jump is this many times steeper than what is logged on both sides of it. */
const JUMP_STEEPNESS = 5;
/** Rates that differ by less, relative to the largest, are one rate in two spellings. */
const SAME_RATE = 1e-9;

/**
 * The rate of every step after the warmup, between logged ones along a straight line. Where the rate jumps, it holds
 * until the step that was logged with the new one.
 */
export class RatePath {
  /** Steps and rates of the knots; the first is the end of the warmup. */
  readonly knots: number[] = [];
  readonly rates: number[] = [];
  /** Sum of the rates of all steps up to a knot, that of the knot and those of the warmup included. */
  readonly #sums: number[] = [];
  readonly ramps: Ramp[] = [];
  /** Knots whose rate is that of the step before them plus a jump. */
  readonly jumps: number[] = [];
  readonly #isJump: boolean[] = [];
  readonly largest: number;

  constructor(schedule: RateSchedule) {
    const { warmupSteps, steps, rates } = schedule;
    if (warmupSteps > 0 && steps[0] !== 0) this.#push(0, 0);
    steps.forEach((step, i) => {
      const last = this.knots[this.knots.length - 1] ?? -1;
      if (last < warmupSteps && step > warmupSteps) this.#push(warmupSteps, rates[i]!);
      this.#push(step, rates[i]!);
    });
    this.largest = largestOf(this.rates);
    this.#findJumps();
    this.#sumUp(0);
    this.#findRamps();
  }

  /** Rate at a step, also between two of them. */
  rateAt(step: number): number {
    const i = this.#before(step);
    return i === this.knots.length - 1 ? this.rates[i]! : this.rates[i]! + (step - this.knots[i]!) * this.#slope(i);
  }

  /**
   * Sum of the rates of steps 0 to `step`; between two steps along the parabola through the sums of a straight line.
   */
  sumTo(step: number): number {
    const i = this.#before(step);
    const n = step - this.knots[i]!;
    const slope = i === this.knots.length - 1 ? 0 : this.#slope(i);
    return this.#sums[i]! + n * this.rates[i]! + (slope * n * (n + 1)) / 2;
  }

  /** Where on the ramp, between steps `low` and `high`, the rate is `rate`. */
  stepOf({ from, to }: Ramp, rate: number): number {
    const falls = this.rates[to]! < this.rates[from]!;
    let [low, high] = [from, to];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.rates[middle]! > rate === falls) low = middle;
      else high = middle;
    }
    const change = this.rates[high]! - this.rates[low]!;
    const part = change === 0 ? 0 : (rate - this.rates[low]!) / change;
    return this.knots[low]! + part * (this.knots[high]! - this.knots[low]!);
  }

  #push(step: number, rate: number): void {
    const last = this.rates[this.rates.length - 1];
    this.knots.push(step);
    this.rates.push(last !== undefined && Math.abs(rate - last) <= SAME_RATE * last ? last : rate);
  }

  /** The knot at or before a step. */
  #before(step: number): number {
    let [low, high] = [0, this.knots.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.knots[middle]! <= step) low = middle;
      else high = middle;
    }
    return low;
  }

  /** Change of the rate per step after knot i. */
  #slope(i: number): number {
    if (this.#isJump[i + 1]) return 0;
    return (this.rates[i + 1]! - this.rates[i]!) / (this.knots[i + 1]! - this.knots[i]!);
  }

  #findJumps(): void {
    const least = LEAST_JUMP * this.largest;
    const steepness = this.knots.map((_, i) => (i === 0 ? 0 : Math.abs(this.#slope(i - 1))));
    for (let i = 2; i < this.knots.length - 1; i++) {
      const around = Math.max(steepness[i - 1]!, steepness[i + 1]!);
      const change = Math.abs(this.rates[i]! - this.rates[i - 1]!);
      if (change > least && steepness[i]! > JUMP_STEEPNESS * around) this.jumps.push(i);
    }
    for (const i of this.jumps) this.#isJump[i] = true;
  }

  #sumUp(before: number): void {
    this.knots.forEach((step, i) => {
      if (i === 0) {
        this.#sums.push(before + this.rates[0]!);
        return;
      }
      const n = step - this.knots[i - 1]!;
      const slope = this.#slope(i - 1);
      const last = this.#isJump[i] ? this.rates[i]! : this.rates[i - 1]! + n * slope;
      const middle = (n - 1) * this.rates[i - 1]! + (slope * n * (n - 1)) / 2;
      this.#sums.push(this.#sums[i - 1]! + middle + last);
    });
  }

  #findRamps(): void {
    let direction = 0;
    for (let i = 1; i < this.knots.length; i++) {
      const change = this.#isJump[i] ? 0 : Math.sign(this.rates[i]! - this.rates[i - 1]!);
      const last = this.ramps[this.ramps.length - 1];
      if (this.#isJump[i]) direction = 0;
      if (change === 0) continue;
      if (last && change === direction) last.to = i;
      else this.ramps.push({ from: i - 1, to: i });
      direction = change;
    }
  }
}
