import { type RunConfig, trunkKey } from "../protocol";

/** Runs like `base` at the given rates, each once, without those that are there already. */
export function missingRuns(
  base: RunConfig,
  present: readonly RunConfig[],
  learningRates: readonly number[],
): RunConfig[] {
  const known = new Set(present.map((c) => `${trunkKey(c)}@${c.tokens}`));
  return [...new Set(learningRates)]
    .map((peakLr): RunConfig => ({ ...base, schedule: { ...base.schedule, peakLr } }))
    .filter((c) => !known.has(`${trunkKey(c)}@${c.tokens}`));
}
