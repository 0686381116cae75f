export const lossTakings = ["last", "tail-mean", "smoothed", "minimum"] as const;
/**
 * How one loss was made of a run's metric: its last value, the mean over the end of the run, a running average at the end,
 * or the smallest value of the run (which is chosen after the fact and lies lower than the others).
 */
export type LossTaking = (typeof lossTakings)[number];
