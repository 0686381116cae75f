import { z } from "zod";
import { curvatures, estimators, type LossChoice, lossChoices } from "../estimate";
import { pointFilter } from "../filter";
import { paramDefinitions, type RunPoint } from "../run";

export const forms = [
  "power",
  "power-averaged",
  "power-free",
  "power-free-size",
  "power-saturating",
  "step-law",
  "compute",
  "horizon",
  "timescale",
  "timescale-ratio",
  "chinchilla",
] as const;
export type Form = (typeof forms)[number];
export type LrForm = Exclude<Form, "chinchilla">;

/**
 * Everything that decides a fit, apart from the runs. `topBatches` left out means 3 for the paper's forms and all
 * batches for the others; `sizes` lists size keys, null for all; `excludedCurves` lists curve keys; `bootstrap` is the
 * number of draws, 0 for none, and `seed` theirs.
 */
const settingsSchema = z.strictObject({
  form: z.enum(forms).default("power-free"),
  estimator: z.enum(estimators).default("surface"),
  /** What the curves of a surface share; left out: one curvature for all of them. */
  curvature: z.enum(curvatures).optional(),
  topBatches: z.union([z.number().int().positive(), z.literal("all")]).optional(),
  loss: z.enum(lossChoices).optional(),
  /** What 0.1 called `loss`. */
  lossMetric: z.enum(["final", "tail"]).optional(),
  seeds: z.enum(["average", "separate"]).default("average"),
  paramDefinition: z.enum(paramDefinitions).default("nonEmbedding"),
  sizes: z.array(z.string()).nullable().default(null),
  weights: z.enum(["none", "se"]).default("none"),
  robust: z.enum(["none", "huber"]).default("none"),
  bootstrap: z.number().int().min(0).max(20_000).default(0),
  seed: z.number().int().min(0).default(42),
  /** Which runs take part, such as `architecture = dense, tokens <= 1e9`; left out: all. */
  where: z
    .string()
    .max(1_000)
    .superRefine((text, context) => {
      const message = filterProblem(text);
      if (message) context.addIssue({ code: "custom", message });
    })
    .optional(),
  excludedRunIds: z.array(z.string()).default([]),
  excludedCurves: z.array(z.string()).default([]),
  /** Why something was taken out, by run id or curve key. */
  exclusionReasons: z.record(z.string(), z.string().max(500)).optional(),
});

/** Settings as they are given, with what was left out, in today's names. */
export const fitSettingsSchema = settingsSchema.transform(withLoss);

/** Settings of 0.1 said `lossMetric`: "final" or "tail". */
export function withLoss<S extends { loss?: LossChoice; lossMetric?: "final" | "tail" }>(
  settings: S,
): Omit<S, "lossMetric" | "loss"> & { loss: LossChoice } {
  const { lossMetric, loss, ...rest } = settings;
  return { ...rest, loss: loss ?? (lossMetric === "tail" ? "tail" : "held-out") };
}

function filterProblem(text: string): string | null {
  try {
    pointFilter(text);
    return null;
  } catch (e) {
    return (e as Error).message;
  }
}

export type FitSettings = z.infer<typeof fitSettingsSchema>;
export type FitSettingsInput = z.input<typeof fitSettingsSchema>;

/** The runs that a fit is about: those its filter lets through, without those taken out by hand. */
export function runsFor(
  runs: readonly RunPoint[],
  settings: Pick<FitSettings, "where" | "excludedRunIds">,
): RunPoint[] {
  const excluded = new Set(settings.excludedRunIds);
  const matches = pointFilter(settings.where ?? "");
  return runs.filter((run) => !excluded.has(run.runId) && matches(run));
}

/** Batches per (size, tokens) that enter a fit of this form. */
export function topBatchesOf(settings: FitSettings): number | "all" {
  if (settings.topBatches !== undefined) return settings.topBatches;
  return settings.form === "power" || settings.form === "power-averaged" ? 3 : "all";
}

/** Whether a form says nothing about the batch, so that its rows are the best batch of each (size, tokens). */
export function usesBestBatch(form: LrForm): boolean {
  return form === "step-law" || form === "compute" || form === "horizon";
}
