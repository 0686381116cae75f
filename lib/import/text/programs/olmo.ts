import type { Grammar, Row } from "../grammar";

const RECORD: Row = { has: "[step=", line: /\[step=(?<step>[\d,]+)(?:\/(?<of>[\d,]+))?[,\]]/ };

/** Lines below a record, indented: values of its step; those of an evaluation stand at the step before. */
const VALUE: Row = {
  has: "=",
  line: /^\s{2,}(?<rest>[^=[\]]+=\s*(?:[-+]?[\d.,]+(?:[eE][-+]?\d+)?[KMBT]?%?|nan|[-+]?inf))\s*$/,
  pairs: /([^=]+?)=\s*(\S+)/g,
  counters: { "throughput/total_tokens": "tokens" },
};

export const olmo: Grammar = {
  name: "olmo",
  title: "OLMo, OLMo-core",
  unverified: true,
  sign: /\[step=[\d,]+\/[\d,]+[,\]]/,
  rows: [RECORD, VALUE],
  noise: /\[(olmo|olmo_core)\.|\[eval_step=/,
  finished: /Training complete/,
};
