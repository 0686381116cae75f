import type { FitResult } from "../fit";
import type { RecommendationTarget } from "./target";

/** What a target takes from the law's runs where all say the same. */
export type LawRecipe = Pick<RecommendationTarget, "parametrization" | "baseWidth" | "optimizer" | "weightDecay">;

export function lawRecipe(result: FitResult): LawRecipe {
  const dims = result.optima.filter((o) => o.used).map((o) => o.dims);
  const parametrization = knownOnce(dims.map((d) => d.parametrization));
  return {
    parametrization: parametrization === "mup" || parametrization === "standard" ? parametrization : null,
    baseWidth: knownOnce(dims.map((d) => d.baseWidth)),
    optimizer: knownOnce(dims.map((d) => d.optimizer)),
    weightDecay: knownOnce(dims.map((d) => d.weightDecay)),
  };
}

/** The one value of those that say one; null where none does, or they differ. */
export function knownOnce<T>(values: readonly (T | null | undefined)[]): T | null {
  const [only = null, ...others] = known(values);
  return others.length === 0 ? only : null;
}

/** Distinct known values; fits of earlier versions have no recipe, which is unknown too. */
export function known<T>(values: readonly (T | null | undefined)[]): T[] {
  return [...new Set(values.filter((v): v is T => v !== null && v !== undefined && v !== "unknown"))];
}
