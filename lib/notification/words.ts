import { learningRate, significant } from "../format";
import type { NotificationKind } from "./kinds";

export const ALERT_LEVELS = ["info", "warning", "error"] as const;
export type AlertLevel = (typeof ALERT_LEVELS)[number];

type Nothing = Record<string, never>;

/** What is kept of an event beside its subject, by kind. Rates are learning rates. */
export interface Details {
  published: Nothing;
  superseded: Nothing;
  withdrawn: Nothing;
  commented: Nothing;
  "run-failed": { reason: string };
  "run-stalled": { minutes: number };
  "run-diverged": Nothing;
  "run-alert": { title: string; text: string; level: AlertLevel };
  "metric-crossed": { metric: string; comparison: "above" | "below"; bound: number; value: number; step: number };
  "sweep-finished": { withResult: number; runs: number };
  "optimum-at-edge": { low: number; high: number; curves: number };
  "law-moved": { rate: number; published: number; low: number; high: number };
  "rate-outside-plateau": { rate: number; low: number; high: number; recommendation: string };
}

/** What happened, as it stands after the name of the subject. */
export function wordsOf<K extends NotificationKind>(kind: K, detail: Details[K]): string {
  const words = WORDS[kind] as (detail: Details[K]) => string;
  return words(detail);
}

const WORDS: { [K in NotificationKind]: (detail: Details[K]) => string } = {
  published: () => "was published",
  superseded: () => "was superseded by a newer one",
  withdrawn: () => "was withdrawn",
  commented: () => "has a new comment",
  "run-failed": ({ reason }) => (reason ? `failed: ${reason}` : "failed"),
  "run-stalled": ({ minutes }) => `stalled: no points for ${minutes} minutes`,
  "run-diverged": () => "diverged",
  "run-alert": ({ title, text, level }) => `says (${level}): ${title}${text ? `. ${text}` : ""}`,
  "metric-crossed": ({ metric, comparison, bound, value, step }) =>
    `${metric} went ${comparison} ${bound}: ${significant(value, 6)} at step ${step}`,
  "sweep-finished": ({ withResult, runs }) => `is finished: ${withResult} of ${runs} runs have a result`,
  "optimum-at-edge": edgeWords,
  "law-moved": ({ rate, published, low, high }) =>
    `the law of today says ${learningRate(rate)} at its target, outside the interval published with ` +
    `${learningRate(published)} (${learningRate(low)} to ${learningRate(high)})`,
  "rate-outside-plateau": ({ rate, low, high, recommendation }) =>
    `uses the rate ${learningRate(rate)}, outside the plateau of “${recommendation}” (${learningRate(low)} to ${learningRate(high)})`,
};

function edgeWords({ low, high, curves }: Details["optimum-at-edge"]): string {
  const parts = [low > 0 && `${low} at the lowest rate`, high > 0 && `${high} at the highest rate`].filter(Boolean);
  return `the best rate of ${low + high} of ${curves} curves is the first or last of its grid: ${parts.join(", ")}`;
}
