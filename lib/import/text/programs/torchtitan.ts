import type { Grammar } from "../grammar";

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
