import { learningRate, significant } from "../format";
import { type LossCurve, lossPoints } from "./curve";
import { type RunLength, stepsOf } from "./run-schedule";
import { largestOf } from "./schedule";

type Range = { low: number; high: number };

/**
 * What the curves behind a law were: how many, of how many steps at most, with which peaks (LRs), the lowest rate that
 * any of them was still seen at as a part of its peak, whether they began with a warmup; `stepTokens` null is unknown.
 */
export type LawDomain = {
  curves: number;
  points: number;
  steps: number;
  peaks: Range;
  lowestPart: number;
  warmup: boolean;
  stepTokens: number | null;
};

export type LawWarning = { code: string; message: string };

/** How far beyond its curves the law was tested: curves of 24,000 steps predicted ones of 72,000 (arXiv 2503.12811). */
export const STEPS_LIMIT = 3;
/** Peaks beyond this factor of those seen are marked. */
const PEAK_LIMIT = 1.5;
/** Peaks within this factor are one. */
const SAME_PEAK = 1.05;
/** Steps of other batches count as others where their tokens differ by this part. */
const SAME_STEP = 0.02;
/** Decays to less than this part of the peak go to zero, as far as the law is concerned. */
const LOW_PART = 0.05;

export function domainOf(curves: readonly LossCurve[], stepTokens: number | null = null): LawDomain {
  const peaks = curves.map(({ schedule }) => largestOf(schedule.rates));
  const lowest = curves.map(({ schedule: { steps, rates, warmupSteps } }, i) =>
    rates.reduce((least, rate, k) => (steps[k]! < warmupSteps ? least : Math.min(least, rate / peaks[i]!)), 1),
  );
  return {
    curves: curves.length,
    points: curves.reduce((sum, curve) => sum + lossPoints(curve).steps.length, 0),
    steps: Math.max(...curves.map(({ schedule }) => schedule.steps[schedule.steps.length - 1]!)) + 1,
    peaks: { low: Math.min(...peaks), high: Math.max(...peaks) },
    lowestPart: Math.min(...lowest),
    warmup: curves.some(({ schedule }) => schedule.warmupSteps > 0),
    stepTokens,
  };
}

/** Where a run lies outside the curves of a law. */
export function domainWarnings(domain: LawDomain, run: RunLength & { peakLr: number }): LawWarning[] {
  const said: [code: string, message: string | null][] = [
    ["extrapolation-steps", beyondSteps(domain, run)],
    ["other-batch", otherBatch(domain, run)],
    ["extrapolation-peak", otherPeak(domain, run.peakLr)],
    [
      "decay-to-zero",
      domain.lowestPart > LOW_PART
        ? `The curves end at ${significant(domain.lowestPart, 2)} of their peak or above: what a decay to zero gains rests on the law alone.`
        : null,
    ],
    [
      "no-warmup",
      domain.warmup
        ? null
        : "The curves have no warmup, so what a rise of the rate costs was not seen: best peaks and amplitudes rest on the law alone.",
    ],
    [
      "one-peak",
      domain.peaks.high <= domain.peaks.low * SAME_PEAK
        ? "All curves have one peak, so what another peak or amplitude gains rests on the law alone."
        : null,
    ],
  ];
  return said.flatMap(([code, message]) => (message === null ? [] : [{ code, message }]));
}

function beyondSteps(domain: LawDomain, run: RunLength): string | null {
  const steps = stepsOf(run);
  const factor = steps / domain.steps;
  if (factor <= STEPS_LIMIT) return null;
  return `The run has ${steps} steps and the longest curve ${domain.steps}: an extrapolation by a factor ${significant(factor, 2)}. The law was tested to a factor ${STEPS_LIMIT}.`;
}

function otherBatch({ stepTokens }: LawDomain, run: RunLength): string | null {
  const own = run.batchSeqs * run.seqLen;
  if (stepTokens === null || Math.abs(own / stepTokens - 1) <= SAME_STEP) return null;
  return `The law is of one model and of steps of ${stepTokens} tokens, and the run's steps have ${own}. Losses are those of the curves' batch after as many steps; whether the order of schedules is the same was not measured.`;
}

function otherPeak(domain: LawDomain, peakLr: number): string | null {
  if (!isBeyond(domain, peakLr)) return null;
  const { low, high } = domain.peaks;
  const seen = low === high ? learningRate(low) : `${learningRate(low)} to ${learningRate(high)}`;
  return `The peak ${learningRate(peakLr)} lies outside those of the curves, ${seen}.`;
}

/** Whether a highest rate is another than the peaks that were seen. */
export function isBeyond({ peaks: { low, high } }: Pick<LawDomain, "peaks">, rate: number): boolean {
  return rate > high * PEAK_LIMIT || rate < low / PEAK_LIMIT;
}
