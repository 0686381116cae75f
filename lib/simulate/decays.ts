import { fitSettingsSchema, sketchLaw } from "../fit";
import { square } from "../portable";
import type { RunPoint } from "../run";
import { fitTimescale, timescaleAt, timescaleOf } from "../weight-decay";
import type { Coverage } from "./coverage";
import { plantedSurface, quickstartDesign, type SurfaceDesign, trueOptimum } from "./surface";

const DECAYS = [0.01, 0.03, 0.1, 0.3, 1];
/** ln loss = least + BEND (ln tau - ln best tau)^2, best tau = SCALE (T / N)^POWER. */
const BEND = 0.005;
const SCALE = 0.5;
const POWER = -0.5;

const DESIGNS: Record<string, Partial<SurfaceDesign>> = {
  "five decays": { seedEffect: 0.001 },
  "five decays, seeds that move curves by 0.4%": {},
};

/**
 * How often the interval of the best timescale holds the planted one: at a ratio of the data, and at a hundred times
 * it.
 */
export function decayCoverage(draws: number): Record<string, Coverage[]> {
  return Object.fromEntries(Object.entries(DESIGNS).map(([name, part]) => [name, coverageOf(part, draws)]));
}

function coverageOf(part: Partial<SurfaceDesign>, draws: number): Coverage[] {
  const design = { ...quickstartDesign, ...part, batch: { first: 6, beta: 0, bend: 0 } };
  const settings = fitSettingsSchema.parse({ form: "power-free-size", paramDefinition: "total" });
  const ratio = design.tokens[0]! / design.sizes[0]!;
  const places = { within: ratio, far: 100 * ratio };
  const found = Object.keys(places).map((where) => ({
    name: `best timescale ${where}`,
    held: 0,
    draws: 0,
    meanWidth: 0,
  }));
  for (let draw = 0; draw < draws; draw++) {
    const runs = DECAYS.flatMap((decay, i) => decayed(design, 70_000 + draw * DECAYS.length + i, decay));
    const law = fitTimescale(sketchLaw(runs, settings).optima, "total");
    for (const [k, at] of Object.values(places).entries()) {
      const interval = law && timescaleAt(law, at).interval;
      if (!interval) continue;
      const truth = SCALE * Math.exp(POWER * Math.log(at));
      const one = found[k]!;
      one.draws++;
      one.meanWidth += (Math.log(interval.high / interval.low) - one.meanWidth) / one.draws;
      if (interval.low <= truth && truth <= interval.high) one.held++;
    }
  }
  return found;
}

/** A planted surface at one weight decay, whose losses are the higher the farther its timescale is from the best. */
function decayed(design: SurfaceDesign, draw: number, weightDecay: number): RunPoint[] {
  return plantedSurface(design, draw).map((run) => {
    const said = { weightDecay, weightDecayConvention: "coupled" as const };
    const { batchSeqs, tokens, paramsTotal } = run;
    const best = Math.exp(trueOptimum(design, draw, { params: paramsTotal!, batchSeqs, tokens }));
    const tau = timescaleOf({ ...run, ...said, peakLr: best })!;
    const off = Math.log(tau / SCALE) - POWER * Math.log(tokens / paramsTotal!);
    const finalLoss = run.finalLoss! * Math.exp(BEND * square(off));
    return { ...run, ...said, runId: `${weightDecay} ${run.runId}`, finalLoss };
  });
}
