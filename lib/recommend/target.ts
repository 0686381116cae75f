import { z } from "zod";
import { decayShapes } from "../schedule";

const count = z.number().positive();

/**
 * The run a learning rate is wanted for. `params` null means any size, `tokens` null an unknown length. `batchReading`
 * says what the law's batch means where the target's sequence length differs from the sweep's: as many sequences, or as
 * many tokens (the paper never varied the sequence length, so both are readings of it). Its default is what targets
 * saved without one were read by; the page begins with tokens. `baseWidth` null is that of the law's runs, `optimizer`
 * and `weightDecay` (by the convention of the law's runs) null are unknown.
 */
export const recommendationTargetSchema = z.strictObject({
  params: count.nullable().default(null),
  tokens: count.nullable().default(null),
  batchSeqs: count,
  seqLen: z.number().int().positive(),
  width: z.number().int().positive().nullable().default(null),
  depth: z.number().int().positive().nullable().default(null),
  baseWidth: z.number().int().positive().nullable().default(null),
  parametrization: z.enum(["mup", "standard"]).default("mup"),
  architecture: z.string().min(1).default("dense"),
  optimizer: z.string().trim().min(1).max(100).nullable().default(null),
  weightDecay: z.number().nonnegative().nullable().default(null),
  batchReading: z.enum(["sequences", "tokens"]).default("sequences"),
  schedule: z.enum(["wsd", "power"]).default("wsd"),
  warmupTokens: z.number().nonnegative().nullable().default(null),
  decayFraction: z.number().min(0).max(1).default(0.1),
  decayShape: z.enum(decayShapes).default("exp"),
  cap: count.nullable().default(null),
  amplitudeRatio: count.nullable().default(null),
});

export type RecommendationTarget = z.infer<typeof recommendationTargetSchema>;
export type RecommendationTargetInput = z.input<typeof recommendationTargetSchema>;

/**
 * Whether two stored targets are one run. Those of earlier versions lack keys, so they are parsed first; how the law's
 * batch is read is no property of the run, and what an earlier one could not say of its recipe tells nothing apart.
 */
export function isSameTarget(p: unknown, q: unknown): boolean {
  const [a, b] = [recommendationTargetSchema.parse(p), recommendationTargetSchema.parse(q)];
  const isSame = (x: string | number | null, y: string | number | null) => x === null || y === null || x === y;
  if (!isSame(a.optimizer, b.optimizer) || !isSame(a.weightDecay, b.weightDecay)) return false;
  const text = ({ batchReading: _, optimizer: __, weightDecay: ___, ...run }: RecommendationTarget) =>
    JSON.stringify(run);
  return text(a) === text(b);
}
