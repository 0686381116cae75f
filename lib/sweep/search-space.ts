import { z } from "zod";
import { modelSchema, parametrizationSchema } from "../protocol/model";
import { canShareTrunk, configErrors, type RunConfig, runConfigSchema } from "../protocol/run-config";
import { trunkKey } from "../protocol/trainer-config";
import { scheduleSchema } from "../schedule";

const count = z.number().int().positive();

const decay = z.number().nonnegative();
/** Weight decay of a space that says none; runs of others have it in their names. */
export const DEFAULT_DECAY = 0.1;

/**
 * Axes of a sweep: batches in sequences, lengths in tokens, `valWindows` in sequences of held-out text. Peak learning
 * rates belong to a batch, because the window shifts with the batch.
 */
const axesSchema = z.strictObject({
  models: z.array(modelSchema).min(1),
  parametrizations: z.array(parametrizationSchema).min(1).prefault([{}]),
  batches: z.array(z.strictObject({ batchSeqs: count, learningRates: z.array(z.number().positive()).min(1) })).min(1),
  tokens: z.array(count).min(1),
  seeds: z.array(z.number().int().nonnegative()).min(1).default([1]),
  schedule: scheduleSchema.omit({ peakLr: true }),
  weightDecays: z.array(decay).min(1).optional(),
  /** What a space with one decay said before there were several. */
  weightDecay: decay.optional(),
  data: z.strictObject({ source: z.string().min(1).default("sotu"), valWindows: count.default(512) }).prefault({}),
});

export const searchSpaceSchema = axesSchema.transform(({ weightDecay, weightDecays, ...axes }) => ({
  ...axes,
  weightDecays: weightDecays ?? [weightDecay ?? DEFAULT_DECAY],
}));

export type SearchSpace = z.infer<typeof searchSpaceSchema>;
export type SearchSpaceInput = z.input<typeof searchSpaceSchema>;

/** The unit that a worker leases: runs that share one trunk. */
export interface SweepJob {
  /** Of the model, in channels. */
  width: number;
  /** Tokens of the trunk, the decay branches and the evaluations together, the unit of progress and time left. */
  costTokens: number;
  runs: RunConfig[];
}

/** An evaluation does only the forward third of a training step's work. */
const EVAL_COST = 1 / 3;

/**
 * All jobs of a search space in the order in which curves close early: small models first, the batch nearest 8 first,
 * learning rates from the middle of their window outwards.
 * Throws an Error that lists `field: value: reason` for every run config that is not valid.
 */
export function sweepJobs(space: SearchSpace): SweepJob[] {
  const models = [...space.models].sort((p, q) => p.width - q.width || p.depth - q.depth || p.experts - q.experts);
  const batches = [...space.batches].sort(
    (p, q) => octavesFrom8(p.batchSeqs) - octavesFrom8(q.batchSeqs) || p.batchSeqs - q.batchSeqs,
  );
  const tokens = [...new Set(space.tokens)].sort((p, q) => p - q);
  const jobs = new Map<string, SweepJob>();
  for (const seed of space.seeds)
    for (const model of models)
      for (const parametrization of space.parametrizations)
        for (const { batchSeqs, learningRates } of batches)
          for (const weightDecay of space.weightDecays)
            for (const peakLr of middleOut(learningRates)) {
              const place = { model, parametrization, batchSeqs, weightDecay, peakLr, seed };
              for (const job of jobsOf(tokens.map((count) => configIn(space, { ...place, tokens: count })))) {
                // Named twice on an axis, a value is still one run.
                const key = `${trunkKey(job.runs[0]!)} ${job.runs.map((r) => r.tokens)}`;
                if (!jobs.has(key)) jobs.set(key, job);
              }
            }
  return [...jobs.values()];
}

/** One run of a search space, on its axes or beside them. */
export type Place = Pick<RunConfig, "model" | "parametrization" | "batchSeqs" | "tokens" | "seed"> & {
  peakLr: number;
  /** The space's first where it is not said. */
  weightDecay?: number;
};

/** Its config; throws what `sweepJobs` throws. */
export function configIn(space: SearchSpace, { peakLr, weightDecay, ...place }: Place): RunConfig {
  return checked({
    ...place,
    optimizer: { weightDecay: weightDecay ?? space.weightDecays[0]! },
    schedule: { ...space.schedule, peakLr },
    data: space.data,
  });
}

/** Jobs for runs, in their order: those that differ only in tokens share a trunk where their schedule allows it. */
export function jobsOf(configs: readonly RunConfig[]): SweepJob[] {
  const trunks = new Map<string, RunConfig[]>();
  for (const config of configs) {
    const key = canShareTrunk(config.schedule) ? trunkKey(config) : `${trunkKey(config)} ${config.tokens}`;
    trunks.set(key, [...(trunks.get(key) ?? []), config]);
  }
  return [...trunks.values()].map((runs) => ({ width: runs[0]!.model.width, costTokens: costTokens(runs), runs }));
}

/** Tokens that a worker must process for runs that share a trunk: trunk once, every decay branch, every evaluation. */
export function costTokens(runs: readonly RunConfig[]): number {
  const first = runs[0];
  if (!first) return 0;
  const evaluation = EVAL_COST * first.data.valWindows * first.model.seqLen;
  const lengths = runs.map((r) => r.tokens);
  const longest = Math.max(...lengths);
  const decays = first.schedule.kind === "wsd" || first.schedule.kind === "power";
  const decay = decays ? first.schedule.decayFraction : 0;
  const branches = lengths.reduce((sum, t) => sum + decay * t, 0);
  return (1 - decay) * longest + branches + evaluation * runs.length;
}

/** Values ordered from the middle of the sorted list outwards: 3 4 2 5 1. */
export function middleOut(values: readonly number[]): number[] {
  const sorted = [...new Set(values)].sort((p, q) => p - q);
  const middle = (sorted.length - 1) / 2;
  return sorted
    .map((value, i) => ({ value, distance: Math.abs(i - middle), i }))
    .sort((p, q) => p.distance - q.distance || q.i - p.i)
    .map((v) => v.value);
}

function octavesFrom8(batchSeqs: number): number {
  return Math.abs(Math.log2(batchSeqs / 8));
}

function checked(config: unknown): RunConfig {
  const parsed = runConfigSchema.safeParse(config);
  if (!parsed.success) throw new InvalidConfigError(configErrors(parsed.error, config));
  return parsed.data;
}

/** A search space with a run that the trainer would refuse; `problems` has one line a problem. */
export class InvalidConfigError extends Error {
  constructor(readonly problems: string[]) {
    super(problems.join("; "));
    this.name = "InvalidConfigError";
  }
}
