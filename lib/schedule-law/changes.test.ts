import { describe, expect, it } from "vitest";
import { publishedCurve } from "../../tests/golden/schedule-curves";
import golden from "../../tests/golden/schedule-law.json";
import { changesOf } from "./changes";
import { predictLoss } from "./law";
import { RatePath, type RateSchedule } from "./schedule";

const law = golden.law;
const W = 1000;
const PEAK = 3e-4;

function logged(total: number, rate: (step: number) => number, every = 50): RateSchedule {
  const steps = Array.from({ length: (total - W) / every }, (_, i) => W + (i + 1) * every);
  return { warmupSteps: W, steps, rates: steps.map(rate) };
}

const cosine = (step: number, from: number, to: number, end: number) =>
  end + ((PEAK - end) * (1 + Math.cos((Math.PI * (step - from)) / (to - from)))) / 2;

const schedules: Record<string, RateSchedule> = {
  cosine: logged(12_000, (k) => cosine(k, W, 12_000, PEAK / 10)),
  "cosine to zero": logged(12_000, (k) => cosine(k, W, 12_000, 0)),
  "linear to zero": logged(12_000, (k) => (PEAK * (12_000 - k)) / (12_000 - W)),
  "1-sqrt decay": logged(12_000, (k) => (k < 9_000 ? PEAK : PEAK * (1 - Math.sqrt((k - 9_000) / 3_000)))),
  "exponential decay": logged(12_000, (k) => (k < 9_000 ? PEAK : PEAK * Math.exp(-(k - 9_000) / 1_000))),
  "three rates": logged(12_000, (k) => (k < 5_000 ? PEAK : k < 8_000 ? PEAK / 3 : PEAK / 10)),
  "warm restarts": logged(12_000, (k) => cosine((k - W) % 3_000, 0, 3_000, PEAK / 20)),
  "up and down": logged(12_000, (k) => PEAK * (0.6 + 0.4 * Math.sin(k / 900))),
};

describe("changes of the rate", () => {
  it.each(Object.entries(schedules))("of %s, in groups, give losses within 1e-5 of every step by itself", (_, s) => {
    const steps = s.steps.filter((_, i) => i % 13 === 0 || i > s.steps.length - 4);
    const exact = predictLoss(law, s, steps, { width: 0 });
    const grouped = predictLoss(law, s, steps);
    expect(Math.max(...grouped.map((loss, i) => Math.abs(loss - exact[i]!)))).toBeLessThan(1e-5);
  });

  it.each(golden.cases.map((c) => [c.curve, c] as const))("of %s give the losses of numpy, step by step", (_, c) => {
    const { schedule } = publishedCurve("25M", c.curve);
    const points = c.points as [number, number][];
    const steps = points.map(([step]) => step);
    const exact = predictLoss(law, schedule, steps, { width: 0 });
    const grouped = predictLoss(law, schedule, steps);
    points.forEach(([step, loss], i) => {
      expect(Math.abs(exact[i]! - loss), `step ${step}`).toBeLessThan(1e-9);
      expect(Math.abs(grouped[i]! - loss), `step ${step}, grouped`).toBeLessThan(1e-5);
    });
  });

  it("grow with the logarithm of the length, not with it", () => {
    const groups = [12_000, 120_000, 1_200_000].map((total) => {
      const schedule = logged(total, (k) => cosine(k, W, total, PEAK / 10), total / 240);
      return changesOf(schedule, [schedule.steps.at(-1)!]).falls.length;
    });
    expect(groups[2]!).toBeLessThan(80);
    expect(groups[2]! - groups[1]!).toBeLessThan(20);
  });

  it("are none where the rate stays, but for the warmup", () => {
    const schedule = logged(12_000, () => PEAK);
    const fallen = (steps: number[]) =>
      Array.from(changesOf(schedule, steps).falls).reduce((sum, fall) => sum + fall, 0);
    expect(fallen([12_000 - 50]) / -PEAK).toBeCloseTo(1, 9);
    expect(changesOf({ ...schedule, warmupSteps: 0 }, [5_000]).falls).toHaveLength(0);
  });
});

describe("the path of a rate", () => {
  it("jumps at the step that has the new rate, and slides where neighbours do", () => {
    const jumpsOf = (name: string) => {
      const path = new RatePath(schedules[name]!);
      return path.jumps.map((i) => path.knots[i]);
    };
    expect(jumpsOf("three rates")).toEqual([5_000, 8_000]);
    expect(jumpsOf("warm restarts")).toEqual([4_000, 7_000, 10_000]);
    for (const name of ["cosine", "linear to zero", "1-sqrt decay", "exponential decay", "up and down"])
      expect(jumpsOf(name), name).toEqual([]);
  });

  it("sums up the rates of all steps", () => {
    const path = new RatePath(schedules["three rates"]!);
    const rateOf = (k: number) => (k < W ? (PEAK * k) / W : k < 5_000 ? PEAK : k < 8_000 ? PEAK / 3 : PEAK / 10);
    let sum = 0;
    for (let k = 0; k <= 9_000; k++) {
      sum += rateOf(k);
      if (k % 777 === 0 || k === 5_000 || k === 4_999) expect(path.sumTo(k) / (sum || 1)).toBeCloseTo(sum ? 1 : 0, 12);
    }
  });

  it("follows what was logged of the warmup", () => {
    const steps = [100, 1_000, 2_000];
    const path = new RatePath({ warmupSteps: W, steps, rates: [PEAK, PEAK, PEAK] });
    expect(path.rateAt(50)).toBeCloseTo(PEAK / 2, 12);
    expect(path.rateAt(500)).toBe(PEAK);
  });
});
