import type { RunPoint } from "../run";

type Trained = Pick<RunPoint, "peakLr" | "batchSeqs" | "seqLen" | "tokens" | "weightDecay" | "weightDecayConvention">;

/**
 * Timescale of AdamW's weights as a fraction of the run, tau = B L / (eta lambda D): how long what a step wrote lasts
 * (arXiv 2405.13698). Independent weight decay is eta lambda itself; one whose convention is unknown is read as
 * coupled, as of PyTorch. Null without weight decay, and where a part of it is unknown.
 */
export function timescaleOf(run: Trained): number | null {
  const { peakLr, batchSeqs, seqLen, tokens, weightDecay, weightDecayConvention } = run;
  if (seqLen === null || weightDecay === null || weightDecay === undefined) return null;
  const perStep = weightDecayConvention === "independent" ? weightDecay : peakLr * weightDecay;
  const tau = (batchSeqs * seqLen) / (perStep * tokens);
  return tau > 0 && Number.isFinite(tau) ? tau : null;
}
