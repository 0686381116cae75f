import { power } from "../portable";

/**
 * Published laws for comparison. Units differ: `batchSeqs` in sequences of 4096 tokens (Power), batches elsewhere in
 * tokens; N is non-embedding parameters (DeepSeek, Step Law), C = M D with M the non-embedding FLOPs per token.
 */
export const publishedLaws = {
  /** arXiv 2408.13359, eq. 5-6. */
  powerScheduler: { lr: (batchSeqs: number, tokens: number) => batchSeqs * 4.6 * power(tokens, -0.51) },
  /** arXiv 2401.02954. */
  deepSeek: {
    lr: (compute: number) => 0.3118 * power(compute, -0.125),
    batchTokens: (compute: number) => 0.292 * power(compute, 0.3271),
  },
  /** arXiv 2503.04715. */
  stepLaw: {
    lr: (params: number, tokens: number) => 1.79 * power(params, -0.713) * power(tokens, 0.307),
    batchTokens: (tokens: number) => 0.58 * power(tokens, 0.571),
  },
  /** arXiv 2001.08361; the critical batch with alpha_B = 0.21 and B* = 2e8 tokens. */
  kaplan: {
    lr: (params: number) => 0.003239 - 0.0001395 * Math.log(params),
    criticalBatchTokens: (loss: number) => 2e8 / power(loss, 1 / 0.21),
  },
  /** arXiv 2404.06395. */
  miniCpm: { batchTokens: (loss: number) => 1.21e9 / power(loss, 6.24) },
  /** arXiv 2203.15556 and its refit, arXiv 2404.10102. */
  hoffmann: { E: 1.69, A: 406.4, B: 410.7, alpha: 0.34, beta: 0.28 },
  epochRefit: { E: 1.8172, A: 482.01, B: 2085.43, alpha: 0.3478, beta: 0.3658 },
} as const;
