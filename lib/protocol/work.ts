import { z } from "zod";
import { runConfigSchema } from "./run-config";
import { looseText } from "./text";

/** Seconds that a lease lasts without a heartbeat. */
export const LEASE_SECONDS = 60;

/** What a worker says of itself; `tokensPerS` maps a model width to the measured speed of one slot, in tokens per second. */
export const registerWorkerSchema = z.strictObject({
  name: z.string().min(1).max(200),
  host: z.string().min(1).max(200),
  slots: z.number().int().min(1).max(1024),
  device: z.string().max(200),
  isa: z.string().max(100),
  trainerVersion: z.string().max(100),
  tokensPerS: z.record(z.string().regex(/^\d+$/), z.number().positive()),
  /** Made by the agent's process: a second living agent of the same name and host is another worker. */
  instance: z.uuid().optional(),
});

export type RegisterWorker = z.infer<typeof registerWorkerSchema>;

export const leasedJobSchema = z.object({
  id: z.uuid(),
  leaseId: z.uuid(),
  /** Counts every lease of this job; part of the writer name of its metric batches. */
  attempt: z.number().int(),
  hasCheckpoint: z.boolean(),
  /**
   * Token counts of the trunk's branches, also of runs that were deleted: with fewer of them a checkpoint does not fit.
   */
  tokens: z.array(z.number()).default([]),
  /** Runs of the trunk by ascending tokens; only open ones still want points. */
  runs: z.array(z.object({ id: z.uuid(), open: z.boolean(), config: runConfigSchema })).min(1),
});

export type LeasedJob = z.infer<typeof leasedJobSchema>;

export const leaseAnswerSchema = z.object({ job: leasedJobSchema.nullable(), leaseSeconds: z.number() });

export const leaseIdSchema = z.strictObject({ leaseId: z.uuid() });

/** `stop`: the job was canceled or the lease is no longer held; the agent must end the trainer. */
export const heartbeatAnswerSchema = z.object({ stop: z.boolean(), reason: z.string().nullable() });

export const failJobSchema = z.strictObject({
  leaseId: z.uuid(),
  reason: looseText().pipe(z.string().min(1).max(2_000)),
  stderr: looseText().pipe(z.string().max(16_000)).default(""),
  /** False when another attempt cannot help, such as a config that the trainer refuses. */
  retry: z.boolean(),
});
