import { type Grammar, NUMBER } from "../grammar";

export const nanogpt: Grammar = {
  name: "nanogpt",
  title: "nanoGPT",
  sign: /^(iter \d+: loss (?!\S+, iter time)|step \d+: train loss \S+, val loss (?:[-+\d.]|nan|inf))/,
  rows: [
    {
      has: "iter ",
      line: new RegExp(
        `^iter (?<step>\\d+): loss (?<loss>${NUMBER}), time (?<time>${NUMBER})(?:ms|s)(?:, mfu (?<mfu>${NUMBER})%)?\\s*$`,
      ),
    },
    {
      has: "train loss",
      line: new RegExp(`^step (?<step>\\d+): train loss (?<train>${NUMBER}), val loss (?<val>${NUMBER})`),
      names: { train: "train loss", val: "val loss" },
    },
  ],
  settings: [
    { line: /^tokens per iteration will be: (?<n>[\d,]+)/, names: { n: "tokens_per_iter" } },
    { line: /^number of parameters: (?<n>[\d.]+[KMB]?)/, names: { n: "number of parameters" } },
    { line: /^Overriding: (?<name>\w+) = (?<value>.*)$/ },
  ],
  noise: /^(saving checkpoint to|[Cc]ompiling|found vocab_size|using fused|num (non-)?decayed|Initializing)/,
  losses: { heldOut: "val loss", train: "loss" },
};
