import { type Grammar, NUMBER } from "../grammar";

/** Steps are iterations: optimizer steps repeat where gradients are accumulated. */
export const litgpt: Grammar = {
  name: "litgpt",
  title: "LitGPT",
  sign: /^Epoch \d+ \| iter \d+ step \d+ \| loss train:/,
  rows: [
    {
      has: "iter ",
      line: new RegExp(
        `^Epoch (?<Epoch>\\d+) \\| iter (?<step>\\d+) step (?<optimizerStep>\\d+) \\| loss train: (?<train>${NUMBER}), val: (?<val>${NUMBER}|n/a) \\| iter time: (?<iterTime>${NUMBER}) ms`,
      ),
      names: { optimizerStep: "step", train: "loss train", val: "val", iterTime: "iter time" },
    },
    {
      has: "val loss",
      line: new RegExp(
        `^(?:iter (?<step>\\d+): |Final evaluation \\| )val loss:? (?<loss>${NUMBER})(?:[,|] val (?:time|ppl): (?<time>${NUMBER}))?`,
      ),
      names: { loss: "val loss", time: "val time" },
    },
  ],
  settings: [
    { line: /^[{ ]'(?<name>\w+)': (?<value>[-\w.']+)[,}]/ },
    { line: /^\s+(?<name>\w+)=(?<value>[-\w.']+)[,)]/ },
    { line: /^[{ ]'\w+': \w+\((?<name>\w+)=(?<value>[-\w.']+)[,)]/ },
    { line: /^Number of trainable parameters: (?<n>[\d,]+)/, names: { n: "Number of trainable parameters" } },
    { line: /^Total parameters: (?<n>[\d,]+)/, names: { n: "Total parameters" } },
  ],
  finished: /^Training time: /,
  losses: { heldOut: "val loss", train: "loss train" },
};
