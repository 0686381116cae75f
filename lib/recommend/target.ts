import { z } from "zod";
import { decayShapes } from "../schedule";

const count = z.number().positive();

/**
 * The run a learning rate is wanted for. `params` null means any size, `tokens` null an unknown length. `batchReading`
 * says what the law's batch means where the target's sequence length differs from the sweep's: as many sequences, or as
 * many tokens (the paper never varied the sequence length, so both are readings of it).
 */
export const recommendationTargetSchema = z.strictObject({
  params: count.nullable().default(null),
  tokens: count.nullable().default(null),
  batchSeqs: count,
  seqLen: z.number().int().positive(),
  width: z.number().int().positive().nullable().default(null),
  depth: z.number().int().positive().nullable().default(null),
  baseWidth: z.number().int().positive().default(64),
  parametrization: z.enum(["mup", "standard"]).default("mup"),
  architecture: z.string().min(1).default("dense"),
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
