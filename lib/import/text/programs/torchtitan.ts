import { type Grammar, NUMBER } from "../grammar";

const PAIRS = /([\w/]+):\s*([-+]?[\d,]*\.?\d+(?:[eE][-+]?\d+)?|nan|[-+]?inf)(?=[\s%(GMKT]|$)/g;

export const torchtitan: Grammar = {
  name: "torchtitan",
  title: "torchtitan",
  unverified: true,
  sign: /\bstep:\s*\d+\s+loss:\s+\S+\s+(grad_norm|memory):/,
  rows: [
    {
      has: "validate",
      line: /\bvalidate step:\s*(?<step>\d+)\s+(?<rest>.*)$/,
      pairs: /(loss):\s*([-\d.eE+]+|nan|inf)/g,
    },
    { has: "step:", line: /(?<!validate )\bstep:\s*(?<step>\d+)\s+(?<rest>loss:.*)$/, pairs: PAIRS },
  ],
  noise: /- root - (INFO|WARNING) - /,
  finished: /- (INFO - )?Training completed/,
  losses: { train: "loss" },
};

/** Bare columns of a step and its loss, as records of tests have them. */
export const columns: Grammar = {
  name: "step-loss-columns",
  title: "two columns, step and loss",
  sign: /^\s*\d+[ \t]+[-+]?\d+\.\d+(?:[eE][-+]?\d+)?\s*$/,
  share: 0.9,
  rows: [{ has: ".", line: new RegExp(`^\\s*(?<step>\\d+)[ \\t]+(?<loss>${NUMBER})\\s*$`) }],
  losses: { train: "loss" },
};
