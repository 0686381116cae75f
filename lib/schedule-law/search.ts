import { type Anchor, anchorOf, SHAPE, sharedVariance, withAnchor } from "./anchor";
import { thinned } from "./changes";
import { type Bounds, type Minimum, minimise } from "./minimise";
import { DELTA, type FitCurve, type LogLaw, modelAt } from "./problem";

/** Points that the fit looks at, of all curves together and of one, evenly chosen; of one for the many starts. */
const MOST_POINTS = 2048;
const MOST_OF_CURVE = 256;
const COARSE_POINTS = 24;
/** Starts that are followed to their end. */
const FINALISTS = 2;
/** ln C at which a fall takes effect at once. */
const NO_DELAY = 40;

/**
 * Logarithms of the coefficients of the law: the best of many starts, then, as far as residuals share a variance, of
 * those that the anchor draws from there.
 */
export function searchLaw(whole: readonly FitCurve[], peak: number, anchored: boolean) {
  const each = Math.min(MOST_OF_CURVE, Math.max(COARSE_POINTS, Math.floor(MOST_POINTS / whole.length)));
  const fine = whole.map((curve) => thin(curve, each));
  const coarse = whole.map((curve) => thin(curve, COARSE_POINTS));
  const bounds = boundsOf(whole, peak);
  const shape = shapeAt(peak, SHAPE.beta, SHAPE.gamma, SHAPE.steps);
  const instant = withoutDelay(fine, bounds);
  const starts = [shape, ...shapes(peak)].map((s) => [...instant.slice(0, 4), ...s]);
  const ends = starts
    .map((start) => search(coarse, start, bounds, 40))
    .sort((p, q) => p.objective - q.objective)
    .slice(0, FINALISTS)
    .map(({ x }) => search(fine, x, bounds));
  const best = least(ends);
  const shared = anchored ? sharedVariance(best.x, fine) : 0;
  if (shared === 0) return { ...best, shared, bounds };
  const anchor = anchorOf(instant, shape, shared);
  return { ...least([best.x, anchor.x].map((start) => search(fine, start, bounds, 300, anchor))), shared, bounds };
}

function search(curves: readonly FitCurve[], start: LogLaw, bounds: Bounds, rounds = 300, anchor?: Anchor): Minimum {
  const at = (x: LogLaw) => modelAt(x, curves, DELTA);
  return minimise(anchor ? (x) => withAnchor(at(x), x, anchor) : at, start, bounds, rounds);
}

/** The law in which a fall takes effect at once: L0, A, alpha and B, from several alpha. */
function withoutDelay(curves: readonly FitCurve[], bounds: Bounds): LogLaw {
  const fixed: Bounds = bounds.map((bound, i) => (i < 4 ? bound : i === 4 ? [NO_DELAY, NO_DELAY] : [0, 0]));
  const lnLosses = curves.flatMap((curve) => Array.from(curve.lnLosses));
  const lnSums = curves.flatMap((curve) => Array.from(curve.changes.sums, Math.log));
  const low = Math.exp(Math.min(...lnLosses));
  const range = Math.max(1e-6 * low, Math.exp(Math.max(...lnLosses)) - low);
  const firstSum = Math.min(...lnSums);
  const starts = [0.25, 0.5, 1].map((alpha) => {
    const lnA = Math.log(range) + alpha * firstSum;
    return [Math.log(low) - 0.1, lnA, Math.log(alpha), Math.log(range) - Math.log(largestFall(curves)), NO_DELAY, 0, 0];
  });
  return least(starts.map((start) => search(curves, start, fixed))).x;
}

function largestFall(curves: readonly FitCurve[]): number {
  return Math.max(...curves.flatMap(({ changes }) => Array.from(changes.sums, (_, p) => fallen(changes, p))));
}

function fallen({ first, falls }: FitCurve["changes"], p: number): number {
  return Math.abs(falls.subarray(first[p], first[p + 1]).reduce((sum, fall) => sum + fall, 0));
}

/** ln C, ln beta and ln gamma of a law in which C x is 1 after so many steps at the largest rate. */
function shapeAt(peak: number, beta: number, gamma: number, steps: number): number[] {
  return [(gamma - 1) * Math.log(peak) - Math.log(steps), Math.log(beta), Math.log(gamma)];
}

function shapes(peak: number): number[][] {
  return [0.3, 1.5].flatMap((beta) =>
    [0.3, 0.9].flatMap((gamma) => [10, 100, 1000].map((steps) => shapeAt(peak, beta, gamma, steps))),
  );
}

/** Far beyond what was ever published, so that a coefficient that nothing determines stays a number. */
function boundsOf(curves: readonly FitCurve[], peak: number): Bounds {
  const most = Math.max(...curves.flatMap((curve) => Array.from(curve.lnLosses)));
  const lnSum = Math.max(...curves.flatMap((curve) => Array.from(curve.changes.sums, Math.log)));
  const perRate = most - Math.log(peak);
  return [
    [most - 12, most],
    [most - 25, most + 25 + 5 * Math.abs(lnSum)],
    [Math.log(0.01), Math.log(5)],
    [perRate - 12, perRate + 6],
    [-Math.log(peak) - 40, 30],
    [Math.log(0.01), Math.log(20)],
    [Math.log(0.01), Math.log(3)],
  ];
}

function least(minima: readonly Minimum[]): Minimum {
  return minima.reduce((p, q) => (q.objective < p.objective ? q : p));
}

function thin({ changes, lnLosses }: FitCurve, most: number): FitCurve {
  const { changes: few, kept } = thinned(changes, most);
  return { changes: few, lnLosses: Float64Array.from(kept, (p) => lnLosses[p]!) };
}
