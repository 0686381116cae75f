import { fitLaw, fitSettingsSchema, type LrFit, predictLr, sketchLaw } from "../fit";
import { plantedOptimum, plantedRuns, plantedSurface, quickstartDesign } from "../simulate";
import { proposeRuns } from "./propose";

/** Mean regret at a target over made-up sweeps: after the plain next grid, and after as many proposed tokens. */
export function afterBoth(draws: number): { grid: number; proposed: number; said: number } {
  const sum = { grid: 0, proposed: 0, said: 0 };
  const design = quickstartDesign;
  const far = { params: 10 * design.sizes[1]!, batchSeqs: 128, tokens: 2 ** 24, seqLen: 64 };
  const settings = fitSettingsSchema.parse({ form: "power-free-size" });
  for (let draw = 9_000; draw < 9_000 + draws; draw++) {
    const sweep = plantedSurface(design, draw);
    const next = plantedSurface({ ...design, tokens: [2 * design.tokens.at(-1)!] }, draw);
    const budgetTokens = next.reduce((total, run) => total + run.tokens, 0);
    const proposal = proposeRuns({ ...fitLaw(sweep, settings) }, { target: far, budgetTokens })!;
    const more = plantedRuns(
      design,
      draw,
      proposal.runs.map((run) => ({ ...run, params: run.params! })),
    );
    const regret = (added: typeof sweep) => {
      const { fit: law } = sketchLaw([...sweep, ...added.map((r) => ({ ...r, runId: `next ${r.runId}` }))], settings);
      return design.curvature * (Math.log(predictLr(law as LrFit, far)!.lr) - plantedOptimum(design, far)) ** 2;
    };
    sum.grid += regret(next) / draws;
    sum.proposed += regret(more) / draws;
    sum.said += proposal.regretAfter / draws;
  }
  return sum;
}
