import { curvesOf, type Optimum, optimaOf } from "@/lib/estimate";
import { fitSettingsSchema } from "@/lib/fit";
import type { RunPoint } from "@/lib/run";

/** What is known of a curve's best rate: between the rates that were tried, at an edge of them, or not yet. */
export type CurveState = "optimum" | "below-divergence" | "cut-low" | "cut-high" | "flat" | "too-few";

const STATES: Readonly<Record<Optimum["status"], CurveState>> = {
  ok: "optimum",
  "bracketed-by-divergence": "below-divergence",
  "censored-low": "cut-low",
  "censored-high": "cut-high",
  flat: "flat",
  "too-few": "too-few",
};
const ORDER: readonly CurveState[] = ["optimum", "below-divergence", "cut-low", "cut-high", "flat", "too-few"];

export interface StatedCurve {
  optimum: Optimum;
  state: CurveState;
}

/** The curves that hold any of these runs, as the lab's first settings read them, those with an optimum first. */
export function curveStates(points: readonly RunPoint[], runIds: readonly string[]): StatedCurve[] {
  const settings = fitSettingsSchema.parse({});
  const { optima } = optimaOf(curvesOf(points, settings), settings.estimator, settings.curvature);
  const ids = new Set(runIds);
  return optima
    .filter((o) => o.points.some((p) => p.runIds.some((id) => ids.has(id))))
    .map((optimum) => ({ optimum, state: STATES[optimum.status] }))
    .sort((p, q) => ORDER.indexOf(p.state) - ORDER.indexOf(q.state));
}
