import type { CurveDims } from "../estimate";
import type { FitResult } from "../fit";
import { definitionOf, dimensionNames } from "../run";

/** A dimension in which the target has values that the source has not; "unknown" is one. */
export type Difference = { dimension: keyof CurveDims; label: string; source: string; target: string };

/** Width, parameters and architecture are what a law is carried over; other data or losses are refused altogether. */
const compared = dimensionNames.filter((d) => {
  const { role } = definitionOf(d);
  if (d === "data" || d === "lossMetric" || d === "lossTaken") return false;
  return role === "curve" || role === "recipe" || d === "parametrization" || d === "depth";
}) as (keyof CurveDims)[];

/** In what the optima that a law is judged on differ from those that it was fitted on. */
export function differencesOf(source: FitResult, target: FitResult): Difference[] {
  return compared.flatMap((dimension) => {
    const [from, to] = [valuesOf(source, dimension), valuesOf(target, dimension)];
    if (to.every((value) => from.includes(value))) return [];
    return [{ dimension, label: definitionOf(dimension).label, source: listed(from), target: listed(to) }];
  });
}

export function differencesWords(differences: readonly Difference[]): string {
  const list = differences.map((d) => `${d.label.toLowerCase()} (${d.source} against ${d.target})`).join(", ");
  return `Source and target differ in ${list}: what the checks find may come of that, and a pass need not hold without it.`;
}

function valuesOf(result: FitResult, dimension: keyof CurveDims): string[] {
  const values = new Set(result.optima.filter((o) => o.used).map((o) => o.dims[dimension]));
  const known = [...values].filter((v) => v !== null);
  const sorted = known.sort((p, q) => (typeof p === "number" && typeof q === "number" ? p - q : p < q ? -1 : 1));
  return [...sorted.map(String), ...(known.length < values.size ? ["unknown"] : [])];
}

const LISTED = 3;

function listed(values: readonly string[]): string {
  const more = values.length - LISTED;
  return more > 0 ? `${values.slice(0, LISTED).join(", ")} and ${more} more` : values.join(", ");
}
