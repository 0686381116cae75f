import { type RunConfig, trunkKey } from "../protocol";

/** Runs like `base` at the given peak learning rates, each once, without those that are there already. */
export function missingRuns(
  base: RunConfig,
  present: readonly RunConfig[],
  learningRates: readonly number[],
): RunConfig[] {
  return absentRuns(
    learningRates.map((peakLr): RunConfig => ({ ...base, schedule: { ...base.schedule, peakLr } })),
    present,
  );
}

/** Each run once, without those that are there already. */
export function absentRuns(wanted: readonly RunConfig[], present: readonly RunConfig[]): RunConfig[] {
  const known = new Set(present.map(keyOf));
  return wanted.filter((config) => {
    const key = keyOf(config);
    const isNew = !known.has(key);
    known.add(key);
    return isNew;
  });
}

const keyOf = (config: RunConfig) => `${trunkKey(config)}@${config.tokens}`;
