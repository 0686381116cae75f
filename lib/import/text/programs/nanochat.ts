import { type Grammar, NUMBER } from "../grammar";

/** The loss is smoothed by the program; what it prints in minutes stays in minutes. */
export const nanochat: Grammar = {
  name: "nanochat",
  title: "nanochat",
  unverified: true,
  sign: /\bstep \d+\/\d+ \([\d.]+%\) \| loss: |^Step \d+ \| (Validation bpb|CORE metric):/,
  rows: [
    {
      has: "| loss:",
      line: /\bstep (?<step>\d+)\/(?<of>\d+) \([\d.]+%\) \| (?<rest>loss: .*)$/,
      pairs: new RegExp(`([\\w/ ]+): (${NUMBER})(?:ms|m|%)?(?=\\s|$)`, "g"),
    },
    {
      has: "bpb:",
      line: new RegExp(`^Step (?<step>\\d+) \\| Validation bpb: (?<bpb>${NUMBER})`),
      names: { bpb: "Validation bpb" },
    },
    {
      has: "CORE",
      line: new RegExp(`^Step (?<step>\\d+) \\| CORE metric: (?<core>${NUMBER})`),
      names: { core: "CORE metric" },
    },
  ],
  losses: { train: "loss" },
};
