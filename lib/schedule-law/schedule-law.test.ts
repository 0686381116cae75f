import { describe, expect, it } from "vitest";
import { mulberry32 } from "../fit/random";
import { fitScheduleLaw, type LossCurve, predictLoss, type ScheduleFit, type ScheduleLaw, scoreOf } from "./index";

const W = 1_000;

/** A curve without losses, logged every 100 steps after the warmup. */
function curve(name: string, total: number, rate: (step: number) => number): LossCurve {
  const steps = Array.from({ length: (total - W) / 100 }, (_, i) => W + (i + 1) * 100);
  return { name, schedule: { warmupSteps: W, steps, rates: steps.map(rate) }, losses: [] };
}

const cosine = (total: number, peak: number) => (k: number) =>
  peak / 10 + 0.45 * peak * (1 + Math.cos((Math.PI * (k - W)) / (total - W)));

function fittedTo(peak: number): LossCurve[] {
  return [
    curve("cosine", 20_000, cosine(20_000, peak)),
    curve("constant", 20_000, () => peak),
    curve("two rates", 14_000, (k) => (k < 8_000 ? peak : 0.3 * peak)),
  ];
}

function unseen(peak: number): LossCurve[] {
  return [
    curve("long cosine", 60_000, cosine(60_000, peak)),
    curve("two rates", 14_000, (k) => (k < 8_000 ? peak : 0.1 * peak)),
    curve("decay", 20_000, (k) => (k < 16_000 ? peak : peak * Math.exp((-2.3 * (k - 16_000)) / 4_000))),
  ];
}

/** Losses of a law with relative white noise. */
function planted(curves: LossCurve[], law: ScheduleLaw, noise: number, seed = 7): LossCurve[] {
  const random = mulberry32(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return curves.map((c) => ({
    ...c,
    losses: predictLoss(law, c.schedule, c.schedule.steps, { width: 0.2 }).map((loss) => loss * (1 + noise * normal())),
  }));
}

function fitted(curves: LossCurve[]): ScheduleFit {
  const fit = fitScheduleLaw(curves);
  if (!("law" in fit)) throw new Error(fit.message);
  return fit;
}

const LAWS: [string, ScheduleLaw][] = [
  ["as published", { L0: 2.6, A: 0.6, alpha: 0.45, B: 440, C: 2, beta: 0.6, gamma: 0.64 }],
  ["of slow falls", { L0: 2.6, A: 0.6, alpha: 0.45, B: 440, C: 0.3, beta: 2, gamma: 0.5 }],
  ["of long tails", { L0: 3.2, A: 0.4, alpha: 0.6, B: 300, C: 5, beta: 0.3, gamma: 0.8 }],
];

describe("a planted law", () => {
  it.each(LAWS)("%s is found again", (_, law) => {
    const fit = fitted(planted(fittedTo(3e-4), law, 0));
    expect(scoreOf(fit.law, planted(unseen(3e-4), law, 0)).rmse).toBeLessThan(2e-5);
    for (const [key, value] of Object.entries(law)) {
      expect(fit.law[key as keyof ScheduleLaw] / value, key).toBeCloseTo(1, 1);
    }
  });

  it.each(LAWS)("%s predicts unseen schedules better than its noise", (_, law) => {
    const fit = fitted(planted(fittedTo(3e-4), law, 1e-3));
    expect(fit.shared).toBe(0);
    expect(scoreOf(fit.law, planted(unseen(3e-4), law, 0)).rmse).toBeLessThan(1e-3);
  });

  it("is found in other units of the learning rate", () => {
    const [, law] = LAWS[0]!;
    const s = 1e-2 / 3e-4;
    const scaled = { ...law, A: law.A * s ** law.alpha, B: law.B / s, C: law.C * s ** (law.gamma - 1) };
    const fit = fitted(planted(fittedTo(1e-2), scaled, 0));
    expect(scoreOf(fit.law, planted(unseen(1e-2), scaled, 0)).rmse).toBeLessThan(2e-5);
  });

  it("of curves without a warmup is found too", () => {
    const [, law] = LAWS[0]!;
    const bare = (curves: LossCurve[]) =>
      curves.map((c) => ({
        ...c,
        schedule: { ...c.schedule, warmupSteps: 0, steps: c.schedule.steps.map((k) => k - W) },
      }));
    const fit = fitted(planted(bare(fittedTo(3e-4)), law, 0));
    expect(scoreOf(fit.law, planted(bare(unseen(3e-4)), law, 0)).rmse).toBeLessThan(1e-4);
  });

  it("survives a tenth of spoiled losses", () => {
    const [, law] = LAWS[0]!;
    const curves = planted(fittedTo(3e-4), law, 1e-4).map((c) => ({
      ...c,
      losses: c.losses.map((loss, i) => (i % 10 === 3 ? 1.05 * loss : loss)),
    }));
    expect(scoreOf(fitted(curves).law, planted(unseen(3e-4), law, 0)).rmse).toBeLessThan(2e-3);
  });
});

describe("curves that determine no law", () => {
  const [, law] = LAWS[0]!;
  const [cos, constant, two] = planted(fittedTo(3e-4), law, 0) as [LossCurve, LossCurve, LossCurve];
  const reasonOf = (curves: LossCurve[]) => {
    const fit = fitScheduleLaw(curves);
    return "law" in fit ? null : [fit.reason, fit.message];
  };

  it("have no decay", () => {
    expect(reasonOf([constant])).toEqual(["no-decay", expect.stringContaining("B, C, beta and gamma")]);
  });

  it("have falls to one rate", () => {
    expect(reasonOf([constant, two])).toEqual(["one-rate", expect.stringContaining("gamma cannot be told from C")]);
    expect(reasonOf([constant, cos])).toBeNull();
  });

  it("have too few points", () => {
    const cut = (c: LossCurve, n: number): LossCurve => ({
      ...c,
      losses: c.losses.slice(0, n),
      schedule: { ...c.schedule, steps: c.schedule.steps.slice(0, n), rates: c.schedule.rates.slice(0, n) },
    });
    expect(reasonOf([cut(cos, 8)])).toEqual(["too-few-points", expect.stringContaining("8 points")]);
    expect(reasonOf([cos, cut(two, 2)])).toEqual(["too-few-points", expect.stringContaining("two rates has 2 points")]);
    expect(reasonOf([])).toEqual(["too-few-points", expect.stringContaining("0 points")]);
  });
});
