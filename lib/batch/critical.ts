import { nelderMead } from "../fit";

/** A batch is critical where it needs that much more tokens. */
export const CRITICAL_OVERHEAD = 0.2;

/** Steps to a target loss at one batch size. */
export type StepsPoint = { batchSeqs: number; steps: number };

/**
 * steps = a + b / batch, fitted by least squares on ln steps, and the batch at which the tokens needed exceed those at
 * `referenceBatch` (0: the fewest, of a batch of almost nothing) by the fraction `overhead` (arXiv 2410.21676: 20% over
 * batch 256). Batches in sequences, a in steps, b in steps x sequences; `rmsResidual` is in ln steps. Null with fewer
 * than three points or when no finite batch has that overhead.
 */
export function criticalBatch(
  points: readonly StepsPoint[],
  { overhead = CRITICAL_OVERHEAD, referenceBatch = 0 } = {},
): { a: number; b: number; batchSeqs: number; rmsResidual: number } | null {
  if (points.length < 3) return null;
  const residuals = (lnA: number, lnB: number) =>
    points.map((p) => Math.log((Math.exp(lnA) + Math.exp(lnB) / p.batchSeqs) / p.steps));
  const objective = ([lnA, lnB]: number[]) => residuals(lnA!, lnB!).reduce((sum, r) => sum + r * r, 0);
  const fewest = Math.min(...points.map((p) => p.steps));
  const mostTokens = Math.min(...points.map((p) => p.steps * p.batchSeqs));
  let x = [Math.log(fewest), Math.log(mostTokens)];
  // A simplex can collapse early; restarting it at its own end costs little.
  for (let round = 0; round < 3; round++) x = nelderMead(objective, x, 0.3, { tolerance: 1e-12 }).x;
  const [a, b] = [Math.exp(x[0]!), Math.exp(x[1]!)];
  const batchSeqs = ((1 + overhead) * (referenceBatch * a + b) - b) / a;
  if (!Number.isFinite(batchSeqs)) return null;
  return { a, b, batchSeqs, rmsResidual: Math.sqrt(objective(x) / points.length) };
}
