import { type Grammar, NUMBER } from "../grammar";

/** `time` is in seconds since the program began; `avg` is the mean of the last losses. */
export const gpt2Tf: Grammar = {
  name: "gpt-2-tf",
  title: "GPT-2 in TensorFlow (nshepperd, gpt-2-simple)",
  unverified: true,
  sign: /^\[\d+ \| [\d.]+\] loss=\S+ avg=/,
  rows: [
    {
      has: "] loss=",
      line: /^\[(?<step>\d+) \| (?<time>[\d.]+)\] (?<rest>loss=.*)$/,
      pairs: new RegExp(`(\\w+)=(${NUMBER})(?=\\s|$)`, "g"),
    },
  ],
  noise: /^(Saving|Generating|=+ SAMPLE)/,
  losses: { train: "loss" },
};
