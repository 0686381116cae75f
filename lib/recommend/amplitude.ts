import { counted, learningRate, significant, tokenCount } from "../format";
import { isBeyond } from "../schedule-law/domain";
import type { RecommendationWarning } from "./advice";
import type { RecommendationTarget } from "./target";

type Source = NonNullable<RecommendationTarget["amplitudeSource"]>;

/** Which ratio of the Power schedule's amplitude to that of the law was used, in a few words. */
export function amplitudeSaid(target: Pick<RecommendationTarget, "amplitudeRatio" | "amplitudeSource">): string {
  const { amplitudeRatio: ratio, amplitudeSource: source = null } = target;
  if (ratio === null) return "4/4.6 of the law's, borrowed from the paper";
  if (!source) return `${significant(ratio)} of the law's, given by hand`;
  return `${significant(ratio)} of the law's, measured from ${counted(source.curves, "curve")}`;
}

/** That a schedule runs at rates that none of the curves had; empty where it does not. */
export function beyondSaid({ highestLr, peaks }: Pick<Source, "highestLr" | "peaks">): string {
  if (!isBeyond({ peaks }, highestLr)) return "";
  const seen =
    peaks.low === peaks.high ? learningRate(peaks.low) : `${learningRate(peaks.low)} to ${learningRate(peaks.high)}`;
  return ` It runs at up to ${learningRate(highestLr)}, and the curves had peaks of ${seen}: what such rates cost was not seen.`;
}

/** What to know of the ratio before it is used; nothing where it was given by hand. */
export function amplitudeWarnings(target: RecommendationTarget): RecommendationWarning[] {
  const { amplitudeRatio: ratio, amplitudeSource: source } = target;
  if (ratio === null) {
    const message =
      "The amplitude of the power schedule is the fitted one times 4/4.6, the ratio in the paper for one 36M model: an assumption; it was not measured here.";
    return [{ code: "amplitude-ratio", message }];
  }
  if (!source) return [];
  const { curves, metric, of, flat, tokens, batchSeqs } = source;
  const near = `${significant(flat.low)} to ${significant(flat.high)}`;
  const own = tokens === target.tokens && batchSeqs === target.batchSeqs ? "" : " That is another run than this one.";
  const message = `The amplitude of the power schedule is the fitted one times ${significant(ratio)}, measured by the schedule law of ${counted(curves, "curve")} of ${metric} (${of}) for ${tokenCount(tokens)} tokens at batch ${batchSeqs}; ${near} are within 0.1% of its predicted loss.${own}${beyondSaid(source)}`;
  return [{ code: "amplitude-measured", message }];
}
