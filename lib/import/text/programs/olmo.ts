import type { Grammar, Row } from "../grammar";

const values: Row[] = [
  { has: "[step=", line: /\[step=(?<step>[\d,]+)(?:\/(?<of>[\d,]+))?/ },
  {
    has: "=",
    line: /^\s{2,}(?<rest>[\w./ -]+=\s*[-+]?[\d.,]+(?:[eE][-+]?\d+)?%?|\s{2,}[\w./ -]+=(?:nan|-?inf))\s*$/,
    pairs: /([\w./ -]+?)=\s*(\S+)/g,
    counters: { "throughput/total_tokens": "tokens", "throughput/total tokens": "tokens" },
  },
];

export const olmo: Grammar = {
  name: "olmo",
  title: "OLMo, OLMo-core",
  unverified: true,
  sign: /\[step=[\d,]+(\/[\d,]+)?(,epoch=\d+)?/,
  rows: values,
  finished: /Training complete/,
};
