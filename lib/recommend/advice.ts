import type { ExpectedRegret, LrForm, LrPrediction, Range } from "../fit";

/**
 * Peak LR for a WSD run of the target's length. `plateau` is where the loss is expected within 0.25% of its minimum.
 */
export type WsdAdvice = Pick<LrPrediction, "confidence" | "prediction" | "extrapolation"> & {
  peakLr: number;
  /**
   * The wider of the 95% intervals by Student t (`confidence`) and by bootstrap over cells. Left out, like `bootstrap`,
   * by versions that knew the first alone.
   */
  interval?: Range;
  bootstrap?: Range | null;
  /** The law's 95% interval if it goes on straight; of fits from method 4 on, whose `confidence` allows for a bend. */
  straight?: Range;
  plateau: Range | null;
  /** Relative loss that what the law leaves open costs at the peak; of a surface, from method 3 on. */
  regret?: ExpectedRegret | null;
};

/**
 * min(cap, batch a n^b), a learning rate, with n tokens so far and the batch in sequences; the cap binds up to
 * `kneeTokens`.
 */
export type PowerAdvice = { a: number; b: number; cap: number; kneeTokens: number; amplitudeRatio: number };

/** What one form, fitted to the same runs, says about a target. */
export type FormAdvice = {
  form: LrForm;
  peakLr: number | null;
  interval: Range | null;
  /** Scatter of the optima around the law, in octaves. */
  scatter: number | null;
  reason: string | null;
};

export type RecommendationWarning = { code: string; message: string };
