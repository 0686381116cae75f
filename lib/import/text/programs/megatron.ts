import { type Grammar, NUMBER, type Row } from "../grammar";

const PAIRS = new RegExp(`([^|:]+?):\\s*(${NUMBER})[^|]*(?=\\||$)`, "g");

const iteration: Row = {
  has: "iteration",
  line: /(?:^|[\s\]])iteration\s+(?<step>\d+)\/\s*(?<of>\d+) \| (?<rest>.*)$/,
  pairs: PAIRS,
  counters: { "consumed tokens": "tokens" },
};

const validation: Row = {
  has: " loss at ",
  line: /(?:validation|test) loss at (?:the end of training for \w+ data|iteration (?<step>\d+))[^|]*\| (?<rest>.*)$/,
  pairs: PAIRS,
};

const ARGUMENT = /^\s*(?<name>\w+) \.{2,} (?<value>\S.*)$/;

export const megatron: Grammar = {
  name: "megatron",
  title: "Megatron-LM, Megatron-DeepSpeed",
  sign: /\biteration\s+\d+\/\s*\d+ \| consumed samples:/,
  rows: [iteration, validation],
  settings: [
    { line: ARGUMENT },
    { line: /number of parameters on \([^)]*\)[^:]*: (?<n>\d+)/, names: { n: "parameters of a rank" } },
  ],
  noise: /^(\s*-{5,}|time \(ms\)|\s+(forward|backward|optimizer|batch|all-grads|layernorm|interval)[\w-]* )/,
  finished: /^\[(after training is done|exiting program at iteration)/,
  losses: { heldOut: "lm loss value", train: "lm loss" },
};

export const gptNeox: Grammar = {
  name: "gpt-neox",
  title: "GPT-NeoX",
  unverified: true,
  sign: /\biteration\s+\d+\/\s*\d+ \| elapsed time per iteration \(ms\):.*\blm_loss:/,
  rows: [
    iteration,
    {
      has: "validation results at iteration",
      line: /validation results at iteration (?<step>\d+) \| (?<rest>.*)$/,
      pairs: PAIRS,
    },
  ],
  settings: [{ line: ARGUMENT }],
  noise: /^\s*-{5,}|time \(ms\)/,
  losses: { heldOut: "lm_loss value", train: "lm_loss" },
};

export const nanotron: Grammar = {
  name: "nanotron",
  title: "nanotron",
  unverified: true,
  sign: /iteration: \d+ \/ \d+ \| consumed_tokens:/,
  rows: [
    {
      has: "iteration:",
      line: /iteration: (?<step>\d+) \/ (?<of>\d+) \| (?<rest>.*)$/,
      pairs: /(\w+):\s*([-+]?[\d.,]+(?:[eE][-+]?\d+)?[KMBGT]?|nan|[-+]?inf)(?=[\s|]|$)/g,
      counters: { consumed_tokens: "tokens" },
    },
  ],
  losses: { train: "lm_loss" },
};
