import type { ProposedRun } from "@/lib/propose";
import type { ParamDefinition } from "@/lib/run";

/** The rates of one place and seed, which are worth something together. */
export type Curve = Omit<ProposedRun, "peakLr"> & { learningRates: number[] };

/** Proposed runs curve by curve, in their order. */
export function curvesOf(runs: readonly ProposedRun[]): Curve[] {
  const curves = new Map<string, Curve>();
  for (const { peakLr, ...run } of runs) {
    const key = `${run.params} ${run.batchSeqs} ${run.tokens} ${run.seed}`;
    const curve = curves.get(key);
    if (!curve) {
      curves.set(key, { ...run, learningRates: [peakLr] });
      continue;
    }
    curve.learningRates.push(peakLr);
    curve.costTokens += run.costTokens;
    curve.gain += run.gain;
  }
  return [...curves.values()];
}

const PARAMS = { nonEmbedding: "paramsNonEmbedding", total: "paramsTotal", active: "paramsActive" } as const;

/** A table with the names that an import knows, a run a row. */
export function asCsv(runs: readonly ProposedRun[], definition: ParamDefinition): string {
  const rows = runs.map((r) => [r.peakLr, r.batchSeqs, r.tokens, r.params ?? "", r.seed].join(","));
  return [`peakLr,batchSeqs,tokens,${PARAMS[definition]},seed`, ...rows, ""].join("\n");
}
