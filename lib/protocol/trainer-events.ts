import { z } from "zod";

/** A number, or one of the words JSON has no number for. */
const real = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number)]);
const whole = z.number().int().nonnegative();
const branch = whole.nullable();

const startEvent = z.object({
  event: z.literal("start"),
  config: z.record(z.string(), z.unknown()),
  params: z.object({ total: whole, non_embedding: whole, active: whole }),
  flops_per_token: z.object({ with_attention: z.number(), without_attention: z.number() }),
  parameter_table: z
    .array(
      z.object({
        name: z.string(),
        shape: z.array(whole),
        std: z.number(),
        lr_multiplier: z.number(),
        weight_decay: z.number(),
        forward_multiplier: z.number(),
      }),
    )
    .default([]),
  isa: z.string(),
  device: z.string(),
  threads: whole,
  precision: z.string(),
  seed: whole,
  version: z.string(),
  resumed_from: z.object({ tokens: whole, step: whole }).nullable(),
});

const stepEvent = z.object({
  event: z.literal("step"),
  branch,
  step: whole,
  tokens: whole,
  loss: real,
  lr: real,
  grad_norm: real,
  tokens_per_s: real,
});

const branchEvent = z.object({ event: z.literal("branch"), branch: whole, step: whole, tokens: whole });

const evalEvent = z.object({ event: z.literal("eval"), branch, step: whole, tokens: whole, val_loss: real });

const checkpointEvent = z.object({
  event: z.literal("checkpoint"),
  path: z.string(),
  step: whole,
  tokens: whole,
  branch,
});

const endEvent = z.object({
  event: z.literal("end"),
  branch: whole,
  step: whole,
  tokens: whole,
  val_loss: real,
  train_tail_loss: real,
  wall_s: real,
  reason: z.enum(["finished", "diverged", "stopped"]),
});

/**
 * One line of the trainer's standard output: losses in nats a token, `wall_s` in seconds, `tokens` those seen so far.
 * Non-finite numbers are decoded to NaN and the infinities.
 */
export const trainerEventSchema = z.discriminatedUnion("event", [
  startEvent,
  stepEvent,
  branchEvent,
  evalEvent,
  checkpointEvent,
  endEvent,
]);

export type TrainerEvent = z.infer<typeof trainerEventSchema>;
export type TrainerEventOf<K extends TrainerEvent["event"]> = Extract<TrainerEvent, { event: K }>;
export type ParsedLine = { ok: true; event: TrainerEvent } | { ok: false; reason: string };

/** Parses one line; a line that is no event gives the reason instead of an exception. */
export function parseTrainerLine(line: string): ParsedLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { ok: false, reason: `not JSON: ${excerpt(line)}` };
  }
  const parsed = trainerEventSchema.safeParse(value);
  if (parsed.success) return { ok: true, event: parsed.data };
  const issue = parsed.error.issues[0];
  const where = issue?.path.join(".") || "event";
  return { ok: false, reason: `${where}: ${issue?.message ?? "not a trainer event"}: ${excerpt(line)}` };
}

/** The word for a number that JSON cannot hold, the number itself otherwise. */
export function encodeReal(value: number): number | "NaN" | "Infinity" | "-Infinity" {
  if (Number.isFinite(value)) return value;
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "Infinity" : "-Infinity";
}

function excerpt(line: string): string {
  return line.length > 120 ? `${line.slice(0, 120)}...` : line;
}
