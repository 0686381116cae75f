import { z } from "zod";
import { realSchema } from "@/lib/protocol";
import { dimensionsSchema } from "@/lib/run/schemas";

const time = z.number().nonnegative().max(8.64e15).nullable().default(null);

/** Which files a run was read from: what tells later whether others are the same or a longer state of them. */
export const sourceSchema = z.strictObject({
  format: z.string().min(1).max(100),
  /** Tells its files apart from all others; kept while they grow. */
  base: z.string().min(1).max(300),
  /** Which of several runs of the same files. */
  key: z.string().max(500),
  /** Of all its files together, as far as they were read. */
  bytes: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** How many of its points are stored. */
  points: z.number().int().nonnegative(),
  files: z.array(z.string().max(2_000)).max(1_000),
});

export const importedHistorySchema = z.strictObject({
  name: z.string().min(1).max(200),
  state: z.enum(["running", "finished", "failed", "crashed"]),
  diverged: z.boolean().default(false),
  error: z.string().max(20_000).nullable().default(null),
  config: z.record(z.string(), z.unknown()).default({}),
  tags: z.array(z.string().min(1).max(100)).max(100).default([]),
  notes: z.string().max(20_000).default(""),
  /** What its config says by a guess; a mapping of the project takes its place. */
  dimensions: dimensionsSchema.default({}),
  /** What its curves and the person who imports say; a mapping leaves it as it is. */
  reported: dimensionsSchema.default({}),
  /** Null where no metric is a loss; NaN where it diverged. */
  finalLoss: realSchema.nullable().default(null),
  trainTailLoss: realSchema.nullable().default(null),
  /** Milliseconds since 1970. */
  startedAt: time,
  endedAt: time,
  source: sourceSchema,
});

export type ImportedHistory = z.output<typeof importedHistorySchema>;
