import type { Model } from "./model";

/** Numbers of parameters, as `paramCounts` counts them. */
export type ParamCounts = { total: number; nonEmbedding: number; active: number };

/**
 * Parameter counts of a model.
 *
 * `total` is everything that is trained. `nonEmbedding` counts the attention and MLP matrices of all layers (every
 * expert), without embedding, head, norm gains and router. `active` is `nonEmbedding` with only the top-k experts one
 * token visits; for a dense model the two are equal.
 */
export function paramCounts(model: Model): ParamCounts {
  const { width, depth, hidden, vocab, experts, topK } = model;
  const kvWidth = (width / model.heads) * (model.kvHeads ?? model.heads);
  const attention = 2 * width * width + 2 * width * kvWidth;
  const expert = 3 * width * hidden;
  const nonEmbedding = depth * (attention + Math.max(1, experts) * expert);
  const active = depth * (attention + (experts === 0 ? 1 : topK) * expert);
  const router = depth * width * experts;
  const normGains = (2 * depth + 1) * width;
  const embeddings = (model.tiedEmbeddings ? 1 : 2) * vocab * width;
  return { total: nonEmbedding + router + normGains + embeddings, nonEmbedding, active };
}

/**
 * Training FLOPs per token: 6 per active matrix parameter and head weight; `withAttention` adds 6 x seqLen x width per
 * layer for causal scores and values (half of the full square).
 */
export function flopsPerToken(model: Model): { withAttention: number; withoutAttention: number } {
  const withoutAttention = 6 * (paramCounts(model).active + model.vocab * model.width);
  return { withoutAttention, withAttention: withoutAttention + 6 * model.depth * model.seqLen * model.width };
}

/** Readable label of the architecture family, the value by which runs are grouped: "dense" or "moe-4-top-2". */
export function architectureOf(model: Model): string {
  return model.experts === 0 ? "dense" : `moe-${model.experts}-top-${model.topK}`;
}
