import { quantileSorted } from "d3-array";
import { type Clustered, sumOfOuter, transposeTimes } from "./clustered";
import { dot, quadratic } from "./linear";
import { mulberry32 } from "./random";

/** Change of the coefficients under one draw of the clusters' signs, and their covariance in it. */
type Draw = { change: number[]; covariance: number[][] };

/** With fewer trunks its intervals hold less than they say (`npm run bench:coverage`), and none are given. */
export const BOOTSTRAP_TRUNKS = 16;

/** Webb's six weights: mean 0, variance 1, and enough different draws of few clusters. */
const WEIGHTS = [-Math.sqrt(1.5), -1, -Math.sqrt(0.5), Math.sqrt(0.5), 1, Math.sqrt(1.5)];

/**
 * Wild cluster bootstrap-t (Cameron, Gelbach and Miller 2008; weights of Webb 2014): the residuals of each cluster
 * times one random weight, the law fitted again, and how far it went in standard errors of its own (CR2). Seeded, so
 * that equal input gives equal bits.
 */
export function wildDraws({ parts }: Pick<Clustered, "parts">, count: number, seed: number): Draw[] {
  const random = mulberry32(seed);
  const p = parts[0]!.raw.length;
  return Array.from({ length: count }, () => {
    const weights = parts.map(() => WEIGHTS[Math.floor(random() * WEIGHTS.length)]!);
    const change = Array.from({ length: p }, (_, j) =>
      parts.reduce((sum, { raw }, g) => sum + weights[g]! * raw[j]!, 0),
    );
    const scores = parts.map(({ score, outer }, g) => score.map((v, j) => weights[g]! * v - dot(outer[j]!, change)));
    return { change, covariance: sumOfOuter(scores, p) };
  });
}

/**
 * Half of the symmetric 95% interval of a contrast whose standard error is `se`: the quantile of |t| over the draws.
 * Null where a draw has no spread, so that t has no value.
 */
export function wildHalf(
  draws: readonly Draw[],
  { rootInverse }: Pick<Clustered, "rootInverse">,
  contrast: readonly number[],
  se: number,
): number | null {
  const c = transposeTimes(rootInverse, contrast);
  const ratios = draws.map(({ change, covariance }) => Math.abs(dot(c, change)) / Math.sqrt(quadratic(c, covariance)));
  if (ratios.length === 0 || !ratios.every(Number.isFinite)) return null;
  return (
    quantileSorted(
      ratios.sort((x, y) => x - y),
      0.95,
    )! * se
  );
}
