import { type Grammar, NUMBER } from "../grammar";

/** Before its bar stand the epoch, the step since the beginning, and the loss. */
export const torchtune: Grammar = {
  name: "torchtune",
  title: "torchtune",
  unverified: true,
  sign: /(^|\s)\d+\|\d+\|Loss: |^Step \d+ \| loss:\S+ lr:/,
  rows: [
    {
      has: "|Loss:",
      line: new RegExp(`(?:^|\\s)(?<epoch>\\d+)\\|(?<step>\\d+)\\|Loss: (?<Loss>${NUMBER})(?=:|\\s|$)`),
      counters: { epoch: "skip" },
    },
    {
      has: "Step ",
      line: /^Step (?<step>\d+) \| (?<rest>.*)$/,
      pairs: new RegExp(`([\\w/]+):(${NUMBER})(?=\\s|$)`, "g"),
    },
  ],
  noise: /^(INFO|DEBUG|WARNING):torchtune|^\s*\d+%\|/,
};
