import { type SearchSpace, type SearchSpaceInput, searchSpaceSchema, sweepJobs } from "./search-space";

const K = 1024;

/** Context, heads and hidden size that give smooth curves at these widths; docs/methods.md says what fails. */
const proxy = (width: number, hidden: number) => ({
  width,
  depth: 2,
  heads: width / 16,
  hidden,
  seqLen: 64,
  vocab: 256,
});

export const PROXY_27K = proxy(32, 96);
export const PROXY_94K = proxy(64, 160);
export const PROXY_365K = proxy(128, 336);

/** WSD with the warmup of half the smallest token count and the paper's 10% decay. */
export const PROXY_SCHEDULE = { kind: "wsd", warmupTokens: 64 * K, decayFraction: 0.1, decayShape: "exp" } as const;

/** `n` learning rates a factor 2 apart, rounded to the digits of the grid 0.001 x 2^k. */
function window(lowest: number, n: number): number[] {
  return Array.from({ length: n }, (_, i) => Number((lowest * 2 ** i).toPrecision(10)));
}

export type PresetName = "quickstart-long" | "quickstart" | "quickstart-short" | "quickstart-tiny";

interface Preset {
  name: PresetName;
  title: string;
  space: SearchSpace;
}

const preset = (name: PresetName, title: string, space: SearchSpaceInput): Preset => ({
  name,
  title,
  space: searchSpaceSchema.parse(space),
});

const shared = { models: [PROXY_27K, PROXY_94K], schedule: PROXY_SCHEDULE, seeds: [2] };

/** From the most to the least work; each gives a law, the longer ones a better one. */
export const PRESETS: readonly Preset[] = [
  preset("quickstart-long", "two sizes, 128k to 2M tokens, 4 batches, 5 learning rates", {
    ...shared,
    tokens: [128 * K, 256 * K, 512 * K, 1024 * K, 2048 * K],
    batches: [
      { batchSeqs: 2, learningRates: window(0.0005, 5) },
      { batchSeqs: 4, learningRates: window(0.001, 5) },
      { batchSeqs: 8, learningRates: window(0.001, 5) },
      { batchSeqs: 16, learningRates: window(0.002, 5) },
    ],
  }),
  preset("quickstart", "two sizes, 128k to 1M tokens, 5 batches, 6 learning rates", {
    ...shared,
    tokens: [128 * K, 256 * K, 512 * K, 1024 * K],
    batches: [
      { batchSeqs: 2, learningRates: window(0.0005, 6) },
      { batchSeqs: 4, learningRates: window(0.001, 6) },
      { batchSeqs: 8, learningRates: window(0.001, 6) },
      { batchSeqs: 16, learningRates: window(0.001, 6) },
      { batchSeqs: 32, learningRates: window(0.002, 6) },
    ],
  }),
  preset("quickstart-short", "two sizes, 128k to 1M tokens, 4 batches, 5 learning rates", {
    ...shared,
    tokens: [128 * K, 256 * K, 512 * K, 1024 * K],
    batches: [
      { batchSeqs: 2, learningRates: window(0.001, 5) },
      { batchSeqs: 4, learningRates: window(0.001, 5) },
      { batchSeqs: 8, learningRates: window(0.001, 5) },
      { batchSeqs: 16, learningRates: window(0.002, 5) },
    ],
  }),
  preset("quickstart-tiny", "two sizes, 128k to 512k tokens, 3 batches, 5 learning rates", {
    ...shared,
    tokens: [128 * K, 256 * K, 512 * K],
    batches: [
      { batchSeqs: 4, learningRates: window(0.001, 5) },
      { batchSeqs: 8, learningRates: window(0.002, 5) },
      { batchSeqs: 16, learningRates: window(0.002, 5) },
    ],
  }),
];

/** Measured speed is of an idle machine; the server, the database and a browser share it during a sweep. */
const LOAD_FACTOR = 1.25;

export interface ChosenPreset {
  preset: Preset;
  estimatedSeconds: number;
  /** One sentence for the sweep page. */
  reason: string;
}

/**
 * The largest preset that fits the budget, from the measured speed of one slot per model width (tokens per second).
 * A width without a measurement is estimated from the nearest one, assuming time proportional to width squared.
 */
export function choosePreset(tokensPerS: Record<string, number>, slots: number, budgetSeconds: number): ChosenPreset {
  const timed = PRESETS.map((p) => ({ preset: p, estimatedSeconds: estimateSeconds(p.space, tokensPerS, slots) }));
  const fitting = timed.find((t) => t.estimatedSeconds <= budgetSeconds) ?? timed[timed.length - 1]!;
  const speeds = Object.entries(tokensPerS)
    .map(([width, speed]) => `${Math.round(speed / 1000)}k tokens/s at width ${width}`)
    .join(", ");
  const minutes = (fitting.estimatedSeconds / 60).toFixed(1);
  return {
    ...fitting,
    reason: `Measured ${speeds || "no speed"} on ${slots} slot${slots === 1 ? "" : "s"}: "${fitting.preset.title}" should take about ${minutes} min.`,
  };
}

/**
 * Wall-clock seconds of a search space on `slots` equal slots, from the speed of one in tokens per second, by model
 * width.
 */
export function estimateSeconds(space: SearchSpace, tokensPerS: Record<string, number>, slots: number): number {
  const work = sweepJobs(space).reduce((sum, job) => sum + job.costTokens / speedAt(tokensPerS, job.width), 0);
  return (LOAD_FACTOR * work) / Math.max(1, slots);
}

/**
 * Tokens per second of one slot at a width, from those that were measured, by width; Infinity when nothing ever was.
 */
export function speedAt(tokensPerS: Record<string, number>, width: number): number {
  const exact = tokensPerS[String(width)];
  if (exact) return exact;
  const nearest = Object.entries(tokensPerS)
    .map(([w, speed]) => ({ w: Number(w), speed }))
    .sort((p, q) => Math.abs(Math.log(p.w / width)) - Math.abs(Math.log(q.w / width)))[0];
  return nearest ? nearest.speed * (nearest.w / width) ** 2 : Number.POSITIVE_INFINITY;
}
