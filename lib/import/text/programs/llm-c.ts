import { type Grammar, NUMBER } from "../grammar";

/** main.log: `tel` is the test (held-out) loss, `trl` the training loss, `eval` the share of HellaSwag. */
export const llmcMain: Grammar = {
  name: "llm.c",
  title: "llm.c main.log",
  sign: /^s:\d+ (tel|trl|eval):/,
  rows: [
    {
      has: "s:",
      line: /^s:(?<step>\d+) (?<rest>.*)$/,
      pairs: new RegExp(`(\\w+):(${NUMBER})`, "g"),
    },
  ],
  losses: { heldOut: "tel", train: "trl" },
};

/** What it prints: steps count from 1; a held-out loss stands after the step that it was measured at. */
export const llmcConsole: Grammar = {
  name: "llm.c-console",
  title: "llm.c console",
  sign: /^step\s+\d+\/\d+ \| (train )?loss\s/,
  rows: [
    {
      has: " tok/s",
      line: new RegExp(
        `^step\\s+(?<step>\\d+)/(?<of>\\d+) \\| (?:train )?loss\\s+(?<loss>${NUMBER})(?: \\([^)]*\\))?\\s*\\| norm\\s+(?<norm>${NUMBER})(?: \\([^)]*\\))?\\s*\\| lr (?<lr>${NUMBER}) \\| (?<ms>${NUMBER}) ms(?: \\| (?<mfu>${NUMBER})% \\w+ MFU)? \\| (?<tps>${NUMBER}) tok/s`,
      ),
      names: { ms: "ms", mfu: "MFU", tps: "tok/s" },
    },
    { has: "val loss", line: new RegExp(`^val loss (?<val>${NUMBER})\\s*$`), names: { val: "val loss" } },
    { has: "HellaSwag:", line: new RegExp(`HellaSwag: \\d+/\\d+ = (?<HellaSwag>${NUMBER})\\s*$`) },
  ],
  settings: [
    { line: /^\| (?!Parameter )(?<name>[\w() ./-]+?)\s*\| (?<value>\S.*?)\s*\|$/ },
    { line: /^num_parameters: (?<n>\d+)/, names: { n: "num_parameters" } },
  ],
  noise: /^(\+-+\+|evaluating HellaSwag|generating:|---|allocat|device memory|memory per|Writing|total average)/,
  losses: { heldOut: "val loss", train: "loss" },
};
