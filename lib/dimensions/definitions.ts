import { type LossTaking, lossTakings } from "../protocol";

/**
 * How a dimension is read: a positive number, a positive whole number, any whole number, text, yes or no, a loss, how a loss
 * was taken, or whether the run has ended.
 */
export type DimensionKind = "positive" | "count" | "integer" | "text" | "flag" | "loss" | "taking" | "state";

/** What one dimension of a run is, in words and units. */
export type DimensionDefinition = { kind: DimensionKind; label: string; unit: string };

/** Every dimension that an expression, a column or a constant can stand for. This is the one list of them. */
export const dimensions = {
  lr: { kind: "positive", label: "Peak LR", unit: "muP base rate" },
  batchSeqs: { kind: "positive", label: "Batch", unit: "sequences" },
  batchTokens: { kind: "positive", label: "Batch", unit: "tokens" },
  seqLen: { kind: "count", label: "Sequence length", unit: "tokens" },
  tokens: { kind: "positive", label: "Tokens T", unit: "tokens" },
  params: { kind: "positive", label: "Params, non-embedding", unit: "parameters" },
  paramsTotal: { kind: "positive", label: "Params, total", unit: "parameters" },
  paramsActive: { kind: "positive", label: "Params, active", unit: "parameters" },
  width: { kind: "count", label: "Width", unit: "features" },
  depth: { kind: "count", label: "Depth", unit: "layers" },
  architecture: { kind: "text", label: "Architecture", unit: "" },
  parametrization: { kind: "text", label: "Parametrization", unit: "mup or standard" },
  schedule: { kind: "text", label: "Schedule", unit: "" },
  data: { kind: "text", label: "Data and tokenizer", unit: "" },
  metric: { kind: "text", label: "Loss metric", unit: "its name" },
  taken: { kind: "taking", label: "Loss taken as", unit: lossTakings.join(", ") },
  seed: { kind: "integer", label: "Seed", unit: "" },
  loss: { kind: "loss", label: "Final loss", unit: "held-out, nats per token" },
  tailLoss: { kind: "loss", label: "Training loss, tail", unit: "nats per token" },
  diverged: { kind: "flag", label: "Diverged", unit: "yes or no" },
  state: { kind: "state", label: "State", unit: "only finished runs count" },
  name: { kind: "text", label: "Name", unit: "" },
} as const satisfies Record<string, DimensionDefinition>;

export type Dimension = keyof typeof dimensions;

export const dimensionNames = Object.keys(dimensions) as Dimension[];

/** Dimension -> what it is read from: a column or config key, a constant, or an expression over those. */
export type Mapping = Partial<Record<Dimension, string>>;

/** Whether a run has ended with a result, by the word of another program. */
export type EndState = "finished" | "diverged" | "unfinished";

/** Values of a run's dimensions; null is unknown. A loss is NaN where the run diverged. */
export type DimensionValues = {
  [D in Dimension]: (typeof dimensions)[D]["kind"] extends "state"
    ? EndState | null
    : (typeof dimensions)[D]["kind"] extends "text"
      ? string | null
      : (typeof dimensions)[D]["kind"] extends "taking"
        ? LossTaking | null
        : number | null;
};

export function isDimension(name: string): name is Dimension {
  return Object.hasOwn(dimensions, name);
}
