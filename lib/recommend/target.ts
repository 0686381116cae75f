import { z } from "zod";
import { decayShapes } from "../schedule";

const count = z.number().positive();

/**
 * Where the amplitude of a Power schedule was measured: the schedule law (lib/schedule-law) and the curves it is of,
 * the run that it was asked for, the ratios within 0.1% of the least predicted loss, the schedule's highest rate and
 * the peaks of the curves, as learning rates; `batchSeqs` in sequences. By it the ratio computes again.
 */
const amplitudeSourceSchema = z.strictObject({
  law: z.strictObject({ L0: count, A: count, alpha: count, B: count, C: count, beta: count, gamma: count }),
  curves: z.number().int().positive(),
  metric: z.string().min(1).max(500),
  of: z.string().max(500),
  tokens: count,
  batchSeqs: count,
  flat: z.strictObject({ low: count, high: count }),
  highestLr: count,
  peaks: z.strictObject({ low: count, high: count }),
});

/**
 * The run a learning rate is wanted for. `params` null means any size, `tokens` null an unknown length. `batchReading`
 * says what the law's batch means where the target's sequence length differs from the sweep's: as many sequences, or as
 * many tokens (the paper never varied the sequence length, so both are readings of it). Its default is what targets
 * saved without one were read by; the page begins with tokens. `parametrization` and
 * `baseWidth` null are those of the law's runs, unknown where they do not say one; `optimizer`
 * and `weightDecay` (by the convention of the law's runs) null are unknown. `amplitudeRatio` null is the paper's 4/4.6;
 * `amplitudeSource` says where another was measured, null by hand. `batchSeqs` counts sequences of `seqLen` tokens,
 * `cap` is a learning rate.
 */
export const recommendationTargetSchema = z.strictObject({
  params: count.nullable().default(null),
  tokens: count.nullable().default(null),
  batchSeqs: count,
  seqLen: z.number().int().positive(),
  width: z.number().int().positive().nullable().default(null),
  depth: z.number().int().positive().nullable().default(null),
  baseWidth: z.number().int().positive().nullable().default(null),
  parametrization: z.enum(["mup", "standard"]).nullable().default(null),
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
  amplitudeSource: amplitudeSourceSchema.nullable().default(null),
});

export type RecommendationTarget = z.infer<typeof recommendationTargetSchema>;
export type RecommendationTargetInput = z.input<typeof recommendationTargetSchema>;

/**
 * Whether two stored targets are one run. Those of earlier versions lack keys, so they are parsed first; how the law's
 * batch is read and where an amplitude comes from are no properties of the run, and what an earlier one could not say
 * of its recipe tells nothing apart.
 */
export function isSameTarget(p: unknown, q: unknown): boolean {
  const [a, b] = [recommendationTargetSchema.parse(p), recommendationTargetSchema.parse(q)];
  const isSame = (x: string | number | null, y: string | number | null) => x === null || y === null || x === y;
  if (!isSame(a.optimizer, b.optimizer) || !isSame(a.weightDecay, b.weightDecay)) return false;
  if (!isSame(a.parametrization, b.parametrization)) return false;
  const text = (target: RecommendationTarget) => {
    const { batchReading, parametrization, optimizer, weightDecay, amplitudeSource, ...run } = target;
    return JSON.stringify(run);
  };
  return text(a) === text(b);
}
