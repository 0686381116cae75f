/** The method of today's fits: raised whenever the same runs and settings would give another number. */
export const METHOD = 5;

/** What each method changed; results of 0.1 say none and are of the first. */
const CHANGES: Record<number, string> = {
  5: "the noise of runs, how curvatures differ and the errors of optima on the surface follow from the rates that tell them; curves that are cut off weigh in a law by the error expected at its rate; curvature is the mean of curves; intervals outside the data count the trunks that tell a bend, and the regret of nine in ten is that of the farther end of the 90% interval of a new optimum",
  4: "intervals of a law and of a new optimum, and the expected regret, allow for a bend of the law that its optima do not exclude; rates and coefficients are the same",
  3: "intervals and tests allow for errors that runs of one trunk share (CR2, Satterthwaite); the optimum of a curve is read by default with the shape that all curves share, from cut off curves too; batches are ranked by estimated minima of bracketed curves; weights by standard error count the scatter between curves; Huber's own standard errors; bootstrap over trunks; forms are compared on the same optima; rates within 2% of a step of their grid are one rate",
  2: "runs of different recipes are different curves; a rate read off a grid is no surer than the grid; a law of averages predicts single optima with their own scatter; a run repeated to the bit is one observation; a loss law rests on estimated minima of bracketed curves",
};

/** What changed since a result was made, in words; null for one of today's method. */
export function changedSince(method: number | undefined): string | null {
  const changes = Object.entries(CHANGES).filter(([number]) => Number(number) > (method ?? 1));
  return changes.length === 0 ? null : changes.map(([, text]) => text).join("; ");
}
