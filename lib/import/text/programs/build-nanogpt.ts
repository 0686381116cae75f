import { type Grammar, NUMBER } from "../grammar";

/** It says the held-out loss before the step that it is of. */
export const buildNanogpt: Grammar = {
  name: "build-nanogpt",
  title: "build-nanogpt console",
  unverified: true,
  sign: /^step\s+\d+ \| loss: \S+ \| lr:? \S+ \| norm: /,
  rows: [
    {
      has: "| loss:",
      line: /^step\s+(?<step>\d+) \| (?<rest>loss: .*)$/,
      pairs: new RegExp(`([\\w/]+):? (${NUMBER})(?:ms)?(?=\\s|$)`, "g"),
    },
    {
      has: "validation loss",
      line: new RegExp(`^validation loss: (?<loss>${NUMBER})$`),
      names: { loss: "validation loss" },
      waits: true,
    },
    {
      has: "HellaSwag",
      line: new RegExp(`^HellaSwag accuracy: \\d+/\\d+=(?<share>${NUMBER})$`),
      names: { share: "HellaSwag accuracy" },
      waits: true,
    },
  ],
  losses: { heldOut: "validation loss", train: "loss" },
  noise: /^rank \d+ sample \d+:/,
};

/** log.txt: one value a line; `hella` is the share of HellaSwag. */
export const buildNanogptLog: Grammar = {
  name: "build-nanogpt-log",
  title: "build-nanogpt log.txt",
  unverified: true,
  sign: /^\d+ (train|val|hella) [\d.]+$/,
  rows: [
    { has: " train ", line: new RegExp(`^(?<step>\\d+) train (?<train>${NUMBER})$`) },
    { has: " val ", line: new RegExp(`^(?<step>\\d+) val (?<val>${NUMBER})$`) },
    { has: " hella ", line: new RegExp(`^(?<step>\\d+) hella (?<hella>${NUMBER})$`) },
  ],
  losses: { heldOut: "val", train: "train" },
};
