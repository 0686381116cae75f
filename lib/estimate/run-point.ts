import type { LossTaking } from "../protocol";
import type { Schedule } from "../schedule";

export const paramDefinitions = ["nonEmbedding", "total", "active"] as const;
/** Which parameter count N stands for. */
export type ParamDefinition = (typeof paramDefinitions)[number];

/** The loss of our own trainer's runs: held-out, measured once the run has ended. */
export const TRAINER_LOSS = { metric: "val/loss", taken: "last" } as const satisfies LossSource;

/** Which loss `loss` is; null is unknown. */
export type LossSource = { metric: string | null; taken: LossTaking | null };

/**
 * What a loss is, as the text by which curves are told apart: "smooth loss (smoothed)". Empty where it is not known, and
 * for our own trainer's, which needs no saying.
 */
export function lossLabel({ metric = null, taken = null }: Partial<LossSource>): string {
  if (metric === null && taken === null) return "";
  if (metric === TRAINER_LOSS.metric && taken === TRAINER_LOSS.taken) return "";
  return `${metric ?? "loss"}${taken === null ? "" : ` (${taken})`}`;
}

/**
 * One finished (or diverged) run as the analysis sees it. Unknown dimensions are null; `loss` and `trainTailLoss` are
 * null or NaN where there is none. `trainLossQuartile` is the first quartile of the run's own training loss.
 */
export type RunPoint = {
  runId: string;
  architecture: string;
  parametrization: string;
  width: number | null;
  depth: number | null;
  params: Record<ParamDefinition, number | null>;
  seqLen: number | null;
  batchSeqs: number;
  tokens: number;
  peakLr: number;
  schedule: string;
  data: string | null;
  seed: number | null;
  state: "finished" | "diverged";
  loss: number | null;
  trainTailLoss?: number | null;
  trainLossQuartile?: number | null;
  /** Words that people gave the run; they choose runs, and no curve depends on them. */
  tags?: readonly string[];
} & Partial<LossSource>;

/** Everything of a schedule but its peak, as the text by which curves are told apart: "wsd 10% exp, warmup 65536". */
export function scheduleLabel(schedule: Schedule): string {
  const warmup = `warmup ${schedule.warmupTokens}`;
  const final = schedule.finalLrFraction === 0 ? "" : ` to ${schedule.finalLrFraction}`;
  switch (schedule.kind) {
    case "constant":
      return `constant, ${warmup}`;
    case "linear":
    case "cosine":
      return `${schedule.kind}${final}, ${warmup}`;
    case "wsd":
      return `wsd ${decayLabel(schedule)}${final}, ${warmup}`;
    case "power":
      return `power a ${schedule.a} b ${schedule.b} ${decayLabel(schedule)}${final}, ${warmup}`;
  }
}

function decayLabel(schedule: Schedule): string {
  return `${Number((100 * schedule.decayFraction).toPrecision(6))}% ${schedule.decayShape}`;
}
