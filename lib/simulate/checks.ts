import { curvesOf, optimumOf } from "../estimate";
import { fitLaw, fitSettingsSchema } from "../fit";
import type { RunPoint } from "../run";
import { transferReport } from "../transfer";
import { plantedSurface, quickstartDesign, type SurfaceDesign } from "./surface";

/** How often a check said something over made-up sweeps of which the truth is known. */
export type CheckRate = { check: string; truth: string; said: string; share: number; draws: number };

/** Ten trunks a size, and twenty-four over more batches and lengths. */
const DESIGNS: Record<string, SurfaceDesign> = {
  "ten trunks": { ...quickstartDesign, law: { ...quickstartDesign.law, d: 0 } },
  "24 trunks": {
    ...quickstartDesign,
    law: { lnA: -1, c: 0.4, b: -0.2, d: 0 },
    sizes: [1e7, 1e8],
    batches: [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768],
    tokens: [1e9, 4e9, 1.6e10, 6.4e10],
  },
};

/** Of every transfer check, test of an assumption, test for bending, and of `flat`: false alarms and power. */
export function checkRates(draws: number): CheckRate[] {
  const rates = [...flatRates(draws)];
  for (const [name, design] of Object.entries(DESIGNS)) {
    for (const factor of [1, 1.5, 2]) rates.push(...transferRates(name, design, factor, draws));
    rates.push(...testRates(name, design, draws));
  }
  return rates;
}

class Tally {
  readonly #counts = new Map<string, number>();
  constructor(
    readonly truth: string,
    readonly draws: number,
  ) {}
  add(check: string, said: string): void {
    const key = `${check}\n${said}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }
  rates(): CheckRate[] {
    return [...this.#counts].map(([key, count]) => {
      const [check, said] = key.split("\n") as [string, string];
      return { check, truth: this.truth, said, share: count / this.draws, draws: this.draws };
    });
  }
}

/** The law of the small size judged on the large one, whose own is `factor` times as high. */
function transferRates(name: string, design: SurfaceDesign, factor: number, draws: number): CheckRate[] {
  const tally = new Tally(`${name}, target ${factor} times the source`, draws);
  const [small, large] = design.sizes as [number, number];
  const law = { ...design.law, lnA: design.law.lnA + Math.log(factor) };
  for (let draw = 0; draw < draws; draw++) {
    const source = ofWidth(plantedSurface({ ...design, sizes: [small] }, 20_000 + draw), 32);
    const target = ofWidth(plantedSurface({ ...design, sizes: [large], law }, 20_000 + draw), 64);
    const report = transferReport(source, target, { settings: fitSettingsSchema.parse({}) });
    tally.add("verdict", report.verdict);
    for (const check of report.checks) tally.add(check.name, check.verdict);
  }
  return tally.rates();
}

const ofWidth = (runs: RunPoint[], width: number) =>
  runs.map((run) => ({ ...run, width, runId: `${width} ${run.runId}` }));

/** What a fit says of the paper's two assumptions and of bending, where they hold and where they do not. */
function testRates(name: string, design: SurfaceDesign, draws: number): CheckRate[] {
  const truths: [string, Partial<SurfaceDesign>][] = [
    ["c = 1, d = 0, straight", { law: { ...design.law, c: 1, d: 0 } }],
    ["c = 0.8, d = -0.1, straight", { law: { ...design.law, c: 0.8, d: -0.1 } }],
    ["c bends by -0.1 each e-fold", { law: { ...design.law, c: 0.6, d: 0 }, bend: -0.05 }],
  ];
  return truths.flatMap(([truth, part]) => {
    const tally = new Tally(`${name}, ${truth}`, draws);
    for (let draw = 0; draw < draws; draw++) {
      const runs = plantedSurface({ ...design, ...part }, 30_000 + draw);
      const { hypotheses, warnings } = fitLaw(runs, fitSettingsSchema.parse({ form: "power-free-size" }));
      for (const h of hypotheses) tally.add(h.name, h.rejected ? "rejected" : "not rejected");
      tally.add("bends", warnings.some((w) => w.code === "bends") ? "warned" : "not warned");
    }
    return tally.rates();
  });
}

/** Share of curves called flat, of two seeds each: of those that are, and of those that bend as the quickstart's do. */
function flatRates(draws: number): CheckRate[] {
  const few = Math.max(1, Math.round(draws / 10));
  return [
    ["curves that are flat", 0],
    ["curves of a curvature of 0.02", 0.02],
  ].map(([truth, curvature]) => {
    const design = { ...quickstartDesign, seeds: 2, curvature: curvature as number };
    let [flat, all] = [0, 0];
    for (let draw = 0; draw < few; draw++)
      for (const curve of curvesOf(plantedSurface(design, 40_000 + draw), { loss: "held-out", seeds: "average" })) {
        all++;
        if (optimumOf(curve, "ew").status === "flat") flat++;
      }
    return { check: "flat", truth: String(truth), said: "flat", share: flat / all, draws: all };
  });
}
