export const lossTakings = ["last", "tail-mean", "smoothed", "minimum"] as const;
/**
 * How one loss was made of a run's metric: its last value, the mean over the end of the run, a running average at the
 * end, or the smallest value of the run (which is chosen after the fact and lies lower than the others).
 */
export type LossTaking = (typeof lossTakings)[number];

/** Which loss a final loss is; null is unknown. */
export type LossSource = { lossMetric: string | null; lossTaken: LossTaking | null };

/** The loss of our own trainer's runs: held-out, measured once the run has ended. */
export const TRAINER_LOSS = { lossMetric: "val/loss", lossTaken: "last" } as const satisfies LossSource;

const isUnnamed = ({ lossMetric = null, lossTaken = null }: Partial<LossSource>) =>
  lossMetric === null && lossTaken === null;
const isTrainers = ({ lossMetric, lossTaken }: Partial<LossSource>) =>
  lossMetric === TRAINER_LOSS.lossMetric && lossTaken === TRAINER_LOSS.lossTaken;

/** Labels of losses that stand together: one that nobody named is not our trainer's, and says so beside it. */
export function lossLabels(sources: readonly Partial<LossSource>[]): (source: Partial<LossSource>) => string {
  if (!sources.some(isUnnamed) || !sources.some(isTrainers)) return lossLabel;
  return (source) => (isUnnamed(source) ? "unnamed loss" : lossLabel(source));
}

/**
 * What a loss is, as the text by which curves are told apart: "smooth loss (smoothed)". Empty where it is not known,
 * and for our own trainer's, which needs no saying.
 */
export function lossLabel({ lossMetric = null, lossTaken = null }: Partial<LossSource>): string {
  if (isUnnamed({ lossMetric, lossTaken }) || isTrainers({ lossMetric, lossTaken })) return "";
  return `${lossMetric ?? "loss"}${lossTaken === null ? "" : ` (${lossTaken})`}`;
}

const PERPLEXITY = /(^|[_./ -])(ppl|perplexity)$/i;
const BITS = /(^|[_./ -])(bpb|bpc|bpt|bits[_ -]?per[_ -]?(byte|token|char(acter)?)s?)$/i;

/** The unit that the name of a loss says: val/ppl is a perplexity; without a word of it nats. */
export function lossUnit(name: string): "nats" | "perplexity" | "bits" {
  if (PERPLEXITY.test(name)) return "perplexity";
  return BITS.test(name) ? "bits" : "nats";
}
