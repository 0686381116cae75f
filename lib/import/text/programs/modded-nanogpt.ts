import { type Grammar, NUMBER } from "../grammar";

export const moddedNanogpt: Grammar = {
  name: "modded-nanogpt",
  title: "modded-nanogpt",
  sign: /^step:\d+\/\d+ (train_loss|val_loss|train_time):/,
  rows: [
    {
      has: "step:",
      line: /^step:(?<step>\d+)\/(?<of>\d+) (?<rest>\w+:.*)$/,
      pairs: new RegExp(`(\\w+):(${NUMBER})`, "g"),
    },
  ],
  onlySettings: true,
  settings: [{ line: /^\s+(?<name>\w+)\s*:\s*(?:int|float|str|bool)\s*=\s*(?<value>[^#]*[^#\s])\s*(?:#.*)?$/ }],
  noise: /^(=+|\s*import |\s*from |\s*def |\s*class |\s*@|\s*#)/,
  losses: { heldOut: "val_loss", train: "train_loss" },
};
