import { describe, expect, it } from "vitest";
import { PAPER_AMPLITUDE_RATIO, type Schedule } from "@/lib/schedule";
import {
  type ComparedRun,
  compareSchedules,
  domainOf,
  measuredAmplitude,
  type PowerRun,
  predictLoss,
  type RunLength,
  runSchedule,
  type ScheduleLaw,
  scheduleAt,
  stepsOf,
} from "@/lib/schedule-law";
import { PEAK_FACTORS } from "@/lib/schedule-law/compare";

const LAW: ScheduleLaw = { L0: 2.6, A: 0.6, alpha: 0.45, B: 440, C: 2, beta: 0.6, gamma: 0.64 };
const RUN: ComparedRun = { tokens: 24_000 * 512, batchSeqs: 8, seqLen: 64, warmupTokens: 2_000 * 512, peakLr: 3e-4 };
const POWER = { name: "Power", a: 0.08, b: -0.51, cap: 3e-4 };
const POWER_RUN: PowerRun = { ...RUN, ...POWER, decayFraction: 0.1, decayShape: "exp" };

const names = (law: ScheduleLaw, run = RUN) => compareSchedules(law, run).schedules.map((s) => s.name);

describe("the best schedule of a planted law", () => {
  it("is the constant one where a fall gains nothing: what counts is the sum of the rates", () => {
    const order = names({ ...LAW, B: 1e-9 });
    expect(order[0]).toBe("constant");
    expect(order.slice(1, 3).sort()).toEqual(["WSD 5% cosine", "WSD 5% linear"]);
    expect(order.slice(-2)).toEqual(["cosine to 10%", "cosine to 0"]);
  });

  it("is the shortest decay that ends lowest where a fall takes effect at once: its gain is B times its depth", () => {
    const order = names({ ...LAW, C: 1e17 });
    expect(order[0]).toBe("WSD 5% cosine");
    expect(order.at(-1)).toBe("constant");
    expect(order.at(-2)).toBe("cosine to 10%");
  });

  it("is a longer one where falls take effect slowly", () => {
    const fast = names({ ...LAW, C: 50 })[0]!;
    const slow = names({ ...LAW, C: 0.02 })[0]!;
    expect(fast).toMatch(/^WSD (5|10)%/);
    expect(slow).toMatch(/^WSD (20|40)%/);
  });

  it("is that of the sum over every step, with the differences in loss", () => {
    const { schedules, steps } = compareSchedules(LAW, { ...RUN, power: [POWER] });
    expect(steps).toBe(24_000);
    expect(schedules).toHaveLength(20);
    const exact = schedules.map(({ schedule }) => everyStep(LAW, schedule, RUN));
    const least = Math.min(...exact);
    schedules.forEach((s, i) => {
      expect(Math.abs(s.loss / exact[i]! - 1), s.name).toBeLessThan(1e-5);
      expect(Math.abs(s.difference - (exact[i]! - least)), s.name).toBeLessThan(5e-5);
    });
    expect(schedules[0]!.difference).toBe(0);
    expect(schedules.map((s) => s.difference)).toEqual(schedules.map((s) => s.difference).sort((p, q) => p - q));
  });
});

/** The loss by every step for itself. */
function everyStep(law: ScheduleLaw, schedule: Schedule, run: RunLength): number {
  const steps = Array.from({ length: stepsOf(run) }, (_, i) => i);
  return predictLoss(law, scheduleAt(schedule, run, steps), [steps.length - 1], { width: 0 })[0]!;
}

it("has the run's own decay among them, once", () => {
  const with15 = names(LAW, { ...RUN, decay: { decayFraction: 0.15, decayShape: "linear" } });
  expect([with15.length, with15.includes("WSD 15% linear")]).toEqual([20, true]);
  expect(names(LAW, { ...RUN, decay: { decayFraction: 0.1, decayShape: "exp" } })).toHaveLength(19);
});

describe("a schedule of a million steps", () => {
  const run = { ...RUN, tokens: 1e6 * 512, power: [POWER, { ...POWER, name: "Power, late", a: 0.4 }] };

  it("is thinned to two thousand points, which change no loss by 1e-5", () => {
    const few = /^(WSD (5% 1-sqrt|10% exp)|cosine to 0|Power.*)$/;
    for (const { name, schedule, loss } of compareSchedules(LAW, run).schedules.filter((s) => few.test(s.name))) {
      expect(runSchedule(schedule, run).steps.length, name).toBeLessThanOrEqual(2_000);
      const whole = predictLoss(LAW, runSchedule(schedule, run, Infinity), [999_999])[0]!;
      expect(Math.abs(loss / whole - 1), name).toBeLessThan(1e-5);
    }
  });

  it("is compared at its best peaks in a moment, twice with the same answer", () => {
    const began = performance.now();
    const first = compareSchedules(LAW, run, { ownPeak: true });
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(compareSchedules(LAW, run, { ownPeak: true })).toEqual(first);
  });
});

describe("each at its own best peak", () => {
  it("is the least over the factors, and says where the search ends", () => {
    const run = { ...RUN, tokens: 5_000 * 512, warmupTokens: 500 * 512, power: [POWER] };
    const { schedules } = compareSchedules(LAW, run, { ownPeak: true });
    for (const { name, schedule, loss, ownPeak } of schedules) {
      const factors = PEAK_FACTORS.map((f) =>
        schedule.kind === "power" ? { ...schedule, a: schedule.a * f } : { ...schedule, peakLr: schedule.peakLr * f },
      );
      const losses = factors.map((s) => everyStep(LAW, s, run));
      expect(Math.abs(ownPeak!.loss / Math.min(...losses) - 1), name).toBeLessThan(1e-5);
      expect(ownPeak!.loss).toBeLessThanOrEqual(loss);
      expect(ownPeak!.atEnd !== null, name).toBe([PEAK_FACTORS[0], PEAK_FACTORS.at(-1)].includes(ownPeak!.factor));
    }
  });
});

describe("what cannot be compared", () => {
  it("is left out with a reason: a warmup into the decay, a run of no steps", () => {
    const long = compareSchedules(LAW, { ...RUN, warmupTokens: 0.7 * RUN.tokens });
    expect(long.leftOut.map((l) => l.name)).toEqual(["exp", "linear", "1-sqrt", "cosine"].map((s) => `WSD 40% ${s}`));
    expect(long.leftOut[0]!.reason).toMatch(/warmup/);
    const none = compareSchedules(LAW, { ...RUN, tokens: 512, warmupTokens: 0 });
    expect([none.schedules, none.leftOut.length]).toEqual([[], 19]);
  });

  it("is said: steps, batch, peak and depth of decay beyond the curves", () => {
    const schedule = { warmupSteps: 0, steps: [0, 100, 1_000], rates: [3e-4, 3e-4, 1e-4] };
    const domain = domainOf([{ name: "a", schedule, losses: [5, 4, 3] }], 512);
    expect(domain).toMatchObject({ curves: 1, steps: 1_001, peaks: { low: 3e-4, high: 3e-4 }, warmup: false });
    const codes = (run: ComparedRun) => compareSchedules(LAW, run, { domain }).warnings.map((w) => w.code);
    const near = { ...RUN, tokens: 2_000 * 512, warmupTokens: 0 };
    expect(codes(near)).toEqual(["decay-to-zero", "no-warmup", "one-peak"]);
    expect(codes({ ...near, tokens: 1e5 * 512 })).toContain("extrapolation-steps");
    expect(codes({ ...near, batchSeqs: 16 })).toContain("other-batch");
    expect(codes({ ...near, peakLr: 1e-3 })).toContain("extrapolation-peak");
    const { schedules } = compareSchedules(LAW, { ...near, power: [{ ...POWER, cap: 1 }] }, { domain, ownPeak: true });
    for (const { name, beyond, ownPeak } of schedules) {
      expect(beyond, name).toBe(name === "Power");
      if (name !== "Power") expect(ownPeak!.beyond, name).toBe(ownPeak!.factor !== 1);
    }
  });
});

describe("a measured amplitude", () => {
  const at = (law: ScheduleLaw, ratio: number, run = POWER_RUN) =>
    everyStep(law, { ...run, kind: "power", peakLr: run.cap, a: run.a * ratio, finalLrFraction: 0 }, run);

  it("is never worse than the borrowed one, and the least of its neighbours", () => {
    for (const law of [LAW, { ...LAW, C: 0.3, beta: 2, gamma: 0.5 }, { ...LAW, B: 2_000 }]) {
      for (const cap of [3e-4, 3e-3]) {
        const run = { ...POWER_RUN, cap };
        const found = measuredAmplitude(law, run)!;
        expect(found.loss).toBeLessThanOrEqual(found.borrowed.loss);
        expect(found.borrowed.ratio).toBe(PAPER_AMPLITUDE_RATIO);
        for (const factor of [0.8, 1.25]) {
          if (found.ratio * factor > 1 / 8 && found.ratio * factor < 8)
            expect(at(law, found.ratio * factor, run)).toBeGreaterThan(found.loss * (1 - 1e-5));
        }
        expect(measuredAmplitude(law, run)).toEqual(found);
      }
    }
  });

  it("has a flat range, at whose ends the loss is 0.1% higher", () => {
    const found = measuredAmplitude({ ...LAW, B: 2_000 }, { ...POWER_RUN, cap: 3e-3 })!;
    expect(found.reason).toBeNull();
    expect(found.flat.low).toBeLessThan(found.ratio);
    expect(found.flat.high).toBeGreaterThan(found.ratio);
    for (const end of [found.flat.low, found.flat.high])
      expect(at({ ...LAW, B: 2_000 }, end, { ...POWER_RUN, cap: 3e-3 }) / found.loss - 1).toBeCloseTo(1e-3, 4);
  });

  it("says why it is none: at the end of the search, or a schedule that is its cap", () => {
    const low = measuredAmplitude(LAW, { ...POWER_RUN, a: POWER.a * 1e4, cap: 1 })!;
    expect(low.ratio).toBe(0.125);
    expect(low.reason).toMatch(/end of the ratios/);
    const free = { ...LAW, B: 1e-9 };
    expect(measuredAmplitude(free, POWER_RUN)!.reason).toMatch(/cap binds until the decay/);
    expect(measuredAmplitude(free, { ...POWER_RUN, cap: 1 })).toMatchObject({
      ratio: 8,
      reason: expect.stringMatching(/end of the ratios/),
    });
    expect(measuredAmplitude(LAW, { ...POWER_RUN, warmupTokens: RUN.tokens })).toBeNull();
  });
});
