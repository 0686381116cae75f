import type { RecommendationTarget } from "./target";

/**
 * Peak LR and what goes with it for one class of parameters, `lrMultiplier` as a factor on the law's rate; null where
 * the parametrization, the width or the base width is unknown.
 */
export type ClassRate = {
  name: "embedding" | "hidden" | "head" | "norm";
  parameters: string;
  lrMultiplier: number | null;
  lr: number | null;
  /**
   * Factor on the weight decay of the base model; under muP hidden matrices keep LR x weight decay constant in width.
   */
  weightDecayMultiplier: number | null;
};

/**
 * Per-class LRs at a base LR. muP with m = width / baseWidth: hidden matrices eta / m, all else eta; logits are divided
 * by m besides. The standard parametrization uses eta everywhere. Where it is unknown which of the two, so is what they do
 * not share.
 */
export function classRates(
  target: Pick<RecommendationTarget, "parametrization" | "width" | "baseWidth">,
  baseLr: number,
): ClassRate[] {
  const m = widthMultiplier(target);
  const rate = (
    name: ClassRate["name"],
    parameters: string,
    divisor: number | null,
    decay: number | null,
  ): ClassRate => ({
    name,
    parameters,
    lrMultiplier: divisor && 1 / divisor,
    lr: divisor && baseLr / divisor,
    weightDecayMultiplier: decay,
  });
  return [
    rate("embedding", "token embedding", 1, 1),
    rate("hidden", "attention, MLP, expert and router matrices", m, m),
    rate("head", "output head", 1, 1),
    rate("norm", "norm gains", 1, 0),
  ];
}

/** What the factor of the hidden matrices lacks; null where it is known. */
export function unknownOfFactor(
  target: Pick<RecommendationTarget, "parametrization" | "width" | "baseWidth">,
): string | null {
  if (widthMultiplier(target) !== null) return null;
  if (target.parametrization === null) return "parametrization";
  return target.width === null ? "width" : "base width";
}

/** 1 under the standard parametrization; null where muP needs a width that is unknown, or nobody says which it is. */
export function widthMultiplier(
  target: Pick<RecommendationTarget, "parametrization" | "width" | "baseWidth">,
): number | null {
  if (target.parametrization === "standard") return 1;
  if (target.parametrization === null) return null;
  return target.width === null || target.baseWidth === null ? null : target.width / target.baseWidth;
}
