import { lossLabel, type RunPoint } from "../run";
import type { FitSettings } from "./settings";

/**
 * Fingerprint (16 hexadecimal digits) of everything a fit depends on: runs in the order of their ids, and settings.
 * Two 32-bit multiplicative hashes; they notice change, they do not resist forgery.
 */
export function inputHash(runs: readonly RunPoint[], settings: FitSettings): string {
  const ordered = [...runs].sort((p, q) => (p.runId < q.runId ? -1 : p.runId > q.runId ? 1 : 0));
  let [first, second] = [0x811c9dc5, 0x01000193];
  for (const text of [settingsText(settings), ...ordered.map(runText)]) {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      first = Math.imul(first ^ code, 0x01000193);
      second = Math.imul(second ^ code, 0x85ebca6b) ^ (second >>> 13);
    }
  }
  return [first, second].map((h) => (h >>> 0).toString(16).padStart(8, "0")).join("");
}

/**
 * A setting that is undefined is one that was left out: storing it as JSON drops it too. The loss has its first name,
 * so that saved fits keep their fingerprints.
 */
function settingsText({ loss, ...others }: FitSettings): string {
  const settings = { ...others, lossMetric: loss === "tail" ? "tail" : "final" };
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return JSON.stringify(given.sort(([p], [q]) => (p < q ? -1 : 1)));
}

/** The dimensions in a fixed order; a loss that is NaN counts as none, and one that needs no label adds nothing. */
function runText(run: RunPoint): string {
  const params = [run.paramsTotal, run.paramsNonEmbedding, run.paramsActive];
  const model = [run.architecture, run.parametrization, run.width, run.depth, ...params, run.seqLen];
  const training = [run.batchSeqs, run.tokens, run.peakLr, scheduleText(run), run.data, run.seed];
  const outcome = [run.state, run.finalLoss, run.trainTailLoss ?? null, run.trainLossQuartile ?? null];
  const label = lossLabel(run);
  return JSON.stringify([run.runId, ...model, ...training, ...outcome, ...(label === "" ? [] : [label])]);
}

/** As 0.1 said it, so that saved fits keep their fingerprints. */
function scheduleText({ schedule, scheduleShape: shape, warmupTokens: warmup }: RunPoint): string {
  return `${schedule}${shape == null ? "" : ` ${shape}`}${warmup == null ? "" : `, warmup ${warmup}`}`;
}
