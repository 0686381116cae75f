import type { Grammar } from "../grammar";

const V = String.raw`-?[\d.]+(?:e[+-]?\d+)?|nan|-?inf`;

export const nanogpt: Grammar = {
  name: "nanogpt",
  title: "nanoGPT",
  sign: /^(iter \d+: loss |step \d+: train loss )/,
  rows: [
    {
      has: "iter ",
      line: new RegExp(
        String.raw`^iter (?<step>\d+): loss (?<loss>${V}), time (?<time>${V})ms(?:, mfu (?<mfu>${V})%)?\s*$`,
      ),
    },
    {
      has: "step ",
      line: new RegExp(String.raw`^step (?<step>\d+): train loss (?<train>${V}), val loss (?<val>${V})\s*$`),
      names: { train: "train loss", val: "val loss" },
    },
  ],
  settings: [
    { line: /^tokens per iteration will be: (?<n>[\d,]+)/, names: { n: "tokens_per_iter" } },
    { line: /^number of parameters: (?<n>[\d.]+[KMB]?)/, names: { n: "number of parameters" } },
    { line: /^Overriding: (?<name>\w+) = (?<value>.*)$/ },
  ],
  noise:
    /^(saving checkpoint to|Compiling|compiling the model|found vocab_size|using fused|num (non-)?decayed|Initializing)/,
  losses: { heldOut: "val loss", train: "loss" },
};
