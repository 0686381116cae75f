import fCdf from "@stdlib/stats-base-dists-f-cdf";
import { definitionOf, effectiveLnBatch, type FormDefinition, type Saturation } from "./forms";
import { leastSquares } from "./linear";
import { whitened } from "./mixed";
import type { NotIdentifiable } from "./not-identifiable";
import { lnLr, type Regression, regress } from "./regression";
import type { FitRow } from "./rows";
import type { FitSettings } from "./settings";

/** An F test of a law against a freer one: degrees of freedom above and below, p a probability. */
export type FTest = { F: number; df1: number; df2: number; p: number };

/** Places of ln B0 that are tried at first, from a factor below the smallest batch to one above the largest. */
const PLACES = 24;
const BELOW = Math.log(2);
const ABOVE = Math.log(16);
const ROUNDS = 50;
const CLOSE = 1e-10;
/** Longest step of ln B0 at a time: far from the end the slope says little. */
const LONGEST = 0.7;

const free = definitionOf("power-free-size");

/**
 * Batch at which the best rate levels off, and the exponent below it: the best of some places by least squares, then
 * Gauss-Newton with the weights of the fit itself.
 */
export function saturationOf(rows: readonly FitRow[], settings: FitSettings): Saturation | NotIdentifiable {
  const start = startOf(rows);
  if ("reason" in start) return start;
  let at = start;
  for (let round = 0; round < ROUNDS; round++) {
    const definition = definitionOf("power-saturating", { saturation: at });
    const found = regress(definition, rows, settings, lnLr(definition), false);
    if (!found) return NOT_LEVEL;
    const [, c, , , lnB0] = found.coefficients.map((v) => v.value) as [number, number, number, number, number];
    const step = lnB0 - at.lnB0;
    if (!(c > 0)) return NOT_LEVEL;
    if (Math.abs(step) < CLOSE && Math.abs(c - at.c) < CLOSE) return at;
    at = { c, lnB0: at.lnB0 + Math.max(-LONGEST, Math.min(LONGEST, step)) };
    if (Math.abs(at.lnB0 - start.lnB0) > 2 * ABOVE) return NOT_LEVEL;
  }
  return NOT_LEVEL;
}

function startOf(rows: readonly FitRow[]): Saturation | NotIdentifiable {
  const batches = rows.map((row) => Math.log(row.batchSeqs));
  const [low, high] = [Math.min(...batches) - BELOW, Math.max(...batches) + ABOVE];
  const y = rows.map((row) => Math.log(row.lr));
  let best: { place: number; rss: number; c: number; lnB0: number } | null = null;
  for (let place = 0; place <= PLACES; place++) {
    const lnB0 = low + ((high - low) * place) / PLACES;
    const fit = leastSquares(
      rows.map((row) => [1, effectiveLnBatch(row, lnB0), Math.log(row.tokens), Math.log(row.params!)]),
      y,
    );
    if (fit && (best === null || fit.rss < best.rss)) best = { place, rss: fit.rss, c: fit.coefficients[1]!, lnB0 };
  }
  if (best === null) return DEPENDENT;
  return best.place === 0 || best.place === PLACES || !(best.c > 0) ? NOT_LEVEL : { c: best.c, lnB0: best.lnB0 };
}

const DEPENDENT: NotIdentifiable = {
  reason: "dependent",
  message: "The optima do not separate batch, tokens and parameters: the regressors vary together.",
};
const NOT_LEVEL: NotIdentifiable = {
  reason: "no-convergence",
  message:
    "The best rates do not level off within these batches, so that no B0 is seen. Use the power law with a free batch exponent, or add larger batches.",
};

/**
 * F test of the power law with a free batch exponent, which is this one with a B0 beyond all batches, on the same
 * optima, weighed as the saturating law weighs them. One-sided at the border, so that its p is rather too large.
 */
export function saturationTest(definition: FormDefinition, { rows, scatter }: Regression): FTest | null {
  const of = (form: FormDefinition) => {
    const x = rows.map((row) => form.design(row));
    const y = rows.map(lnLr(form));
    const variances = rows.map((row) => row.se * row.se);
    const white = scatter ? whitened({ x, y, variances, trunks: rows.map((row) => row.trunkKey) }, scatter) : { x, y };
    return leastSquares(white.x, white.y, scatter ? undefined : rows.map((row) => row.weight));
  };
  const [plain, level] = [of(free), of(definition)];
  if (!plain || !level || !(level.rss > 0)) return null;
  const F = Math.max(0, plain.rss - level.rss) / (level.rss / level.df);
  return { F, df1: 1, df2: level.df, p: 1 - fCdf(F, 1, level.df) };
}
