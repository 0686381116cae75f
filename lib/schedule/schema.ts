import { z } from "zod";

export const scheduleKinds = ["constant", "linear", "cosine", "wsd", "power"] as const;
export const decayShapes = ["exp", "linear", "1-sqrt", "cosine"] as const;

/** The trainer's bounds. */
const MOST = 1e30;

/**
 * A learning-rate schedule. Token counts are absolute; `peakLr` is the muP base LR and, for `power`, the cap. `a` and
 * `b` (LR = batch a T^b, the batch in sequences, T in tokens) matter only for `power`, `decayFraction` and `decayShape`
 * only for `wsd` and `power`, `finalLrFraction` for every decaying part.
 */
export const scheduleSchema = z.strictObject({
  kind: z.enum(scheduleKinds),
  peakLr: z.number().positive().max(MOST),
  warmupTokens: z.number().int().nonnegative(),
  decayFraction: z.number().min(0).max(1).default(0.1),
  decayShape: z.enum(decayShapes).default("exp"),
  finalLrFraction: z.number().min(0).max(1).default(0),
  a: z.number().positive().max(MOST).default(4),
  b: z.number().min(-10).max(0).default(-0.51),
});

export type Schedule = z.infer<typeof scheduleSchema>;
export type DecayShape = Schedule["decayShape"];
