import { type Grammar, NUMBER } from "../grammar";

/** The runtime's own lines; of groups of parameters the first has the plain name. */
export const deepspeed: Grammar = {
  name: "deepspeed",
  title: "DeepSpeed, DeepSpeed-Chat",
  sign: /\[Rank \d+\] step=\d+, skipped=\d+, lr=\[/,
  rows: [
    {
      has: "skipped=",
      line: /\[Rank \d+\] step=(?<step>\d+), (?<rest>.*)$/,
      pairs: new RegExp(`(\\w+)=(\\[[^\\[\\]]*\\]|${NUMBER})`, "g"),
      counters: { mom: "skip" },
    },
    {
      has: "global_step=",
      line: /epoch=\d+\/micro_step=\d+\/global_step=(?<step>\d+), (?<rest>.*)$/,
      pairs: new RegExp(`(\\w+)=(${NUMBER})`, "g"),
    },
    { has: "ppl:", line: new RegExp(`^ppl: (?<ppl>${NUMBER})(?:, loss: (?<loss>${NUMBER}))?\\s*$`) },
    {
      has: "loss:",
      line: new RegExp(`^\\s*steps: (?<step>\\d+) loss: (?<loss>${NUMBER})`),
    },
    {
      has: "Epoch:",
      line: new RegExp(`^Epoch: \\d+, Step: (?<step>\\d+), Rank: \\d+, loss = (?<loss>${NUMBER})`),
    },
  ],
  noise: /\[(INFO|WARNING)\] \[|^\*{5} |^Beginning of Epoch|^saving |^Epoch \d+/,
  finished: /Process \d+ exits successfully/,
  settings: [{ line: /^cmd = (?<cmd>.*)$/ }],
};
