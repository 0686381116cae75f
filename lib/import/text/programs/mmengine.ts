import { type Grammar, NUMBER } from "../grammar";

export const mmengine: Grammar = {
  name: "mmengine",
  title: "MMEngine, XTuner",
  unverified: true,
  sign: /Iter\(train\) \[\s*\d+\/\d+\]/,
  rows: [
    {
      has: "Iter(train)",
      line: /Iter\(train\) \[\s*(?<step>\d+)\/(?<of>\d+)\]\s+(?<rest>.*)$/,
      pairs: new RegExp(`([\\w./]+): (${NUMBER})(?=\\s|$)`, "g"),
    },
  ],
  noise: /- mmengine - (INFO|WARNING) -/,
};
