import { z } from "zod";
import { estimators, paramDefinitions } from "../estimate";

export const forms = [
  "power",
  "power-averaged",
  "power-free",
  "power-free-size",
  "step-law",
  "compute",
  "horizon",
  "chinchilla",
] as const;
export type Form = (typeof forms)[number];
export type LrForm = Exclude<Form, "chinchilla">;

/**
 * Everything that decides a fit, apart from the runs. `topBatches` left out means 3 for the paper's forms and all
 * batches for the others; `sizes` lists size keys, null for all; `excludedCurves` lists curve keys.
 */
export const fitSettingsSchema = z.strictObject({
  form: z.enum(forms).default("power-free"),
  estimator: z.enum(estimators).default("ew"),
  topBatches: z.union([z.number().int().positive(), z.literal("all")]).optional(),
  lossMetric: z.enum(["final", "tail"]).default("final"),
  seeds: z.enum(["average", "separate"]).default("average"),
  paramDefinition: z.enum(paramDefinitions).default("nonEmbedding"),
  sizes: z.array(z.string()).nullable().default(null),
  weights: z.enum(["none", "se"]).default("none"),
  robust: z.enum(["none", "huber"]).default("none"),
  bootstrap: z.number().int().min(0).max(20_000).default(0),
  seed: z.number().int().min(0).default(42),
  excludedRunIds: z.array(z.string()).default([]),
  excludedCurves: z.array(z.string()).default([]),
  /** Why something was taken out, by run id or curve key. */
  exclusionReasons: z.record(z.string(), z.string().max(500)).optional(),
});

export type FitSettings = z.infer<typeof fitSettingsSchema>;
export type FitSettingsInput = z.input<typeof fitSettingsSchema>;

/** Batches per (size, tokens) that enter a fit of this form. */
export function topBatchesOf(settings: FitSettings): number | "all" {
  if (settings.topBatches !== undefined) return settings.topBatches;
  return settings.form === "power" || settings.form === "power-averaged" ? 3 : "all";
}
