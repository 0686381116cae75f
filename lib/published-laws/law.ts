import type { Range } from "../fit";
import type { ParamDefinition } from "../run";

/** How surely the constants are the source's own: read there, read in somebody's copy of them, or from memory. */
export type Mark = "source" | "secondary" | "unverified";

/**
 * What a law gives: a peak learning rate; the best batch and the critical batch in tokens; the AdamW timescale
 * tau = batch / (LR x weight decay x tokens), a part of the run.
 */
export const quantities = ["rate", "batchTokens", "criticalBatchTokens", "timescale"] as const;
export type Quantity = (typeof quantities)[number];

/**
 * Where a law is read: training tokens; a batch of `batchSeqs` sequences of `seqLen` tokens; N by the law's own count;
 * the loss in nats per token. Null is unknown.
 */
export type PublishedPoint = {
  tokens: number | null;
  batchSeqs: number | null;
  seqLen: number | null;
  params: number | null;
  loss?: number | null;
};

/** A point with everything that a formula needs: batch in tokens, compute C = 6 N T in FLOP. */
export type Known = { tokens: number; params: number; batchTokens: number; loss: number; compute: number };

/** One quantity: how it is written, what it needs, and the formula, in the units of `Quantity`. */
type Formula = { equation: string; needs: readonly (keyof Known)[]; of: (at: Known) => number };

/** What the source's own runs spanned, batches in tokens, compute in FLOP; what it does not say is left out. */
type Domain = {
  params?: Range;
  tokens?: Range;
  batchTokens?: Range;
  compute?: Range;
  tokensPerParam?: Range;
  architecture?: "moe";
  words: string;
  mark: Mark;
};

export type PublishedLaw = {
  id: string;
  name: string;
  year: number;
  source: { name: string; url: string };
  /** Where the constants were read. */
  read: string;
  mark: Mark;
  gives: Partial<Record<Quantity, Formula>>;
  /**
   * What the rate is: that of all parameters (`standard`), that of the base width (`mup`), or that of weights kept on
   * a sphere (`hyperball`). Rates of different kinds never stand on one axis.
   */
  parametrization: "standard" | "mup" | "hyperball";
  baseWidth?: number;
  optimizer: "AdamW" | "Adam" | "AdamH";
  schedule: string;
  /** Which parameters N counts; null where the law has no N. */
  params: ParamDefinition | null;
  /** How the source counts batches; values here are in tokens. */
  batchUnit: string;
  domain: Domain;
  note?: string;
};
