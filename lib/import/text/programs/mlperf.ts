import type { Grammar } from "../grammar";

/** Steps are samples: what MLPerf counts by. Its `eval_accuracy` is the loss of language models. */
export const mlperf: Grammar = {
  name: "mlperf",
  title: "MLPerf logging",
  sign: /:::MLLOG \{/,
  rows: [
    {
      has: ":::MLLOG",
      line: /:::MLLOG (?<json>\{.*\})\s*$/,
      event: { step: "metadata.samples_count", name: "key", value: "value", time: "time_ms" },
    },
  ],
  losses: { heldOut: "eval_accuracy", train: "train_loss" },
};
