import { type Grammar, NUMBER } from "../grammar";

/** Values stand below the batch that they are of; an evaluation's below the batch before it. */
export const composer: Grammar = {
  name: "composer",
  title: "Composer, LLM Foundry console",
  unverified: true,
  sign: /^\[batch=\d+\/\d+\]:|^\s+(Train|Eval) (loss|metrics|time|LanguageCrossEntropy)\b/,
  rows: [
    { has: "[batch=", line: /^\[batch=(?<step>\d+)\/(?<of>\d+)\]:\s*$/ },
    {
      has: ": ",
      line: new RegExp(`^\\s+(?:Train|Eval) (?<rest>\\S+(?: \\S+)*: (?:${NUMBER}))\\s*$`),
      pairs: new RegExp(`^(.*): (${NUMBER})$`, "g"),
      counters: { "time/token": "tokens" },
    },
  ],
  noise: /^\[Eval batch=|^\*+$|^Config:|^-{3,}/,
  losses: { heldOut: "metrics/eval/LanguageCrossEntropy", train: "loss/train/total" },
};
