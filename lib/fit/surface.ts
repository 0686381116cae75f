import type { Shape } from "../estimate";
import { square } from "../portable";
import type { RunPoint } from "../run";
import { type FitResult, fitLaw } from "./fit-law";
import type { LawPoint } from "./forms";
import { type LackOfFit, lackOfFit } from "./lack-of-fit";
import { formOf, type LrFit, predictLr } from "./lr-fit";
import type { NotIdentifiable } from "./not-identifiable";
import { type FitSettingsInput, fitSettingsSchema, type LrForm } from "./settings";

/** A law of the best learning rate through the loss surface of all curves (`estimator: "surface"`). */
export type SurfaceFit = {
  law: LrFit;
  /** Shape of y = ln loss = least + k u^2 + g u^3 about the best rate, by size key. */
  shapes: Record<string, Shape>;
  /** Sd of the relative curvature from curve to curve. */
  curvatureScatter: number;
  /** Variances: of ln loss of one run; of ln LR of a curve and of a trunk about the law. */
  noise: { run: number; curve: number; trunk: number };
  lackOfFit: LackOfFit | null;
  /** Best rate of each curve, with the standard error of its ln. */
  curves: { key: string; lr: number; se: number; bracketed: boolean }[];
};

/** Fits a surface to runs; `settings` other than form and curvature as for any fit. */
export function fitSurface(
  runs: readonly RunPoint[],
  { law = "power-free", ...settings }: { law?: LrForm } & Omit<FitSettingsInput, "form" | "estimator"> = {},
): SurfaceFit | NotIdentifiable {
  const result = fitLaw(runs, fitSettingsSchema.parse({ ...settings, form: law, estimator: "surface" }));
  const fit = result.fit?.kind === "lr" ? result.fit : null;
  if (!fit || !result.surface) return result.notIdentifiable!;
  const { rows, scatter } = fit.regression;
  const errors = new Map(result.optima.map((o) => [o.key, o.estimate?.se ?? Number.NaN]));
  return {
    law: fit,
    shapes: result.surface.shapes,
    curvatureScatter: result.surface.scatter,
    noise: { run: result.surface.noise, curve: scatter?.curve ?? 0, trunk: scatter?.trunk ?? 0 },
    lackOfFit: lackOfFit(formOf(fit), rows, scatter),
    curves: rows.map(({ curveKeys, lr, bracketed }) => ({
      key: curveKeys[0]!,
      lr,
      se: errors.get(curveKeys[0]!)!,
      bracketed,
    })),
  };
}

/** The shape of the curves of a size; of a size without curves the mean of all. Null but for a surface. */
export function shapeFor({ surface }: Pick<FitResult, "surface">, sizeKey: string | null = null): Shape | null {
  const shapes = surface ? Object.values(surface.shapes) : [];
  if (shapes.length === 0) return null;
  const own = sizeKey === null ? undefined : surface!.shapes[sizeKey];
  const mean = (of: (s: Shape) => number) => shapes.reduce((sum, s) => sum + of(s), 0) / shapes.length;
  return own ?? { k: mean((s) => s.k), g: mean((s) => s.g) };
}

/**
 * Rates between which the loss is within `fraction` of its least, about a best rate of `lr`; null where it has no end.
 */
export function plateauOfShape(
  { k, g }: Shape,
  lr: number,
  fraction: number,
): { low: number | null; high: number | null } {
  const rise = Math.log1p(fraction);
  return { low: edge(k, -g, rise, (u) => lr * Math.exp(-u)), high: edge(k, g, rise, (u) => lr * Math.exp(u)) };
}

/** The u > 0 at which k u^2 + g u^3 is `rise`, before the cubic turns back. */
function edge(k: number, g: number, rise: number, place: (u: number) => number): number | null {
  const turn = g < 0 ? (-2 * k) / (3 * g) : Number.POSITIVE_INFINITY;
  const height = (u: number) => k * u * u + g * u * u * u;
  let [low, high] = [0, Math.min(turn, 2 * Math.sqrt(rise / k))];
  while (height(high) < rise && high < turn) high = Math.min(2 * high, turn);
  if (height(high) < rise) return null;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (height(middle) < rise) low = middle;
    else high = middle;
  }
  return place(high);
}

/**
 * What training at a rate costs of the loss, as a fraction of that of the best rate there, given what the law leaves
 * open: in the mean, and what it stays below nine times in ten.
 */
export type ExpectedRegret = { mean: number; p90: number };

/**
 * Regret of `lr` at a point, k d^2 of the shape there, where the best ln LR is as far off as the law's error and the
 * scatter of single optima let it be: its mean, and that of the farther end of the 90% interval of a new optimum. Null
 * where the law says nothing there, or is not of a surface.
 */
export function expectedRegret(
  result: Pick<FitResult, "surface" | "fit">,
  lr: number,
  point: LawPoint,
  sizeKey: string | null = null,
): ExpectedRegret | null {
  const shape = shapeFor(result, sizeKey);
  const fit = result.fit?.kind === "lr" ? result.fit : null;
  const predicted = fit && predictLr(fit, point);
  if (!shape || !fit || !predicted) return null;
  const { curve, trunk } = fit.regression.scatter ?? { curve: 0, trunk: 0 };
  // By the law that may bend: what a bend could cost is a cost too.
  const law = predicted.bent ?? predicted;
  const variance = square(Math.max(law.se, predicted.se)) + curve + trunk;
  const off = Math.log(lr / law.lr);
  const { low, high } = predictLr(fit, point, 0.9)!.prediction;
  const farthest = Math.max(Math.log(lr / low), Math.log(high / lr));
  return {
    mean: shape.k * (square(off) + variance),
    p90: shape.k * square(farthest),
  };
}
