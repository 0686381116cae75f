import type { Grammar } from "../grammar";

export const lmEngine: Grammar = {
  name: "lm-engine",
  title: "lm-engine, dolomite-engine",
  unverified: true,
  sign: /\bstep = \d+, .*\b(train|val)[\w /-]*loss[\w /-]* = /,
  rows: [
    {
      has: "step = ",
      line: /\bstep = (?<step>\d+), (?<rest>.*)$/,
      pairs: /([\w./() -]+?) = ([^,\s]+)/g,
    },
  ],
};
