import { type Grammar, NUMBER } from "../grammar";

export const maxtext: Grammar = {
  name: "maxtext",
  title: "MaxText",
  sign: /completed step: \d+, seconds: /,
  rows: [
    {
      has: "completed step:",
      line: /completed step: (?<step>\d+), (?<rest>.*)$/,
      pairs: new RegExp(`([\\w/ ]+): (${NUMBER})`, "g"),
    },
    {
      has: "eval metrics after step:",
      line: /eval metrics after step: (?<step>\d+), (?<rest>.*)$/,
      pairs: new RegExp(`([\\w/ ]+)=(${NUMBER})`, "g"),
    },
  ],
  settings: [{ line: /Config param (?<name>\w+): (?<value>.*)$/ }],
  losses: { train: "loss" },
};
