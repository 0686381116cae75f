import type { RecommendationTarget } from "./target";

/** Peak LR and what goes with it for one class of parameters. */
export type ClassRate = {
  name: "embedding" | "hidden" | "head" | "norm";
  parameters: string;
  lrMultiplier: number;
  lr: number;
  /**
   * Factor on the weight decay of the base model; under muP hidden matrices keep LR x weight decay constant in width.
   */
  weightDecayMultiplier: number;
};

/**
 * Per-class LRs at a base LR. muP with m = width / baseWidth: hidden matrices eta / m, all else eta; logits are divided
 * by m besides. The standard parametrization uses eta everywhere. Without a width, m is 1.
 */
export function classRates(
  target: Pick<RecommendationTarget, "parametrization" | "width" | "baseWidth">,
  baseLr: number,
): ClassRate[] {
  const m = target.parametrization === "mup" && target.width !== null ? target.width / target.baseWidth : 1;
  const rate = (name: ClassRate["name"], parameters: string, divisor: number, decay: number): ClassRate => ({
    name,
    parameters,
    lrMultiplier: 1 / divisor,
    lr: baseLr / divisor,
    weightDecayMultiplier: decay,
  });
  return [
    rate("embedding", "token embedding", 1, 1),
    rate("hidden", "attention, MLP, expert and router matrices", m, m),
    rate("head", "output head", 1, 1),
    rate("norm", "norm gains", 1, 0),
  ];
}
