import type { Grammar } from "../grammar";

export const internevo: Grammar = {
  name: "internevo",
  title: "InternEvo, InternLM",
  sign: /record_current_batch_training_metrics\].* step=\d+ loss=/,
  rows: [
    {
      has: " step=",
      line: /record_current_batch_training_metrics\][^:]*: (?<rest>.*)$/,
      pairs: /([\w./-]+(?: \([^)]*\))?)=(\{[^}]*\}|\S+)/g,
      counters: { step: "step", num_consumed_tokens: "tokens" },
    },
    {
      has: "val_loss",
      line: /Validation on \S+: (?<rest>.*)$/,
      pairs: /([\w./-]+)=(\S+)/g,
      counters: { step: "step" },
    },
  ],
  losses: { train: "loss" },
};
