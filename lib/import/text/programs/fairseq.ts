import { type Grammar, NUMBER } from "../grammar";

/** Losses are in bits where the program says base 2; names are those of the log. */
export const fairseq: Grammar = {
  name: "fairseq",
  title: "fairseq",
  sign: /\| (INFO \| )?(train_inner|train|valid) \| (\{"epoch"|epoch )/,
  rows: [
    {
      has: '{"epoch"',
      line: /\| (?:train_inner|train|valid|test)\w* \| (?<json>\{.*\})\s*$/,
      counters: { num_updates: "step", train_num_updates: "step", valid_num_updates: "step", test_num_updates: "step" },
    },
    {
      has: "epoch ",
      line: /\| train_inner \| epoch \d+:?\s*(?<rest>.*)$/,
      pairs: new RegExp(`(\\w+)=(${NUMBER})`, "g"),
      counters: { num_updates: "step" },
    },
    {
      has: "valid on",
      line: /\| valid \| epoch \d+ \| valid on '\w+' subset \| (?<rest>.*)$/,
      pairs: new RegExp(`(\\w+) (${NUMBER})(?= \\||$)`, "g"),
      counters: { num_updates: "step" },
    },
  ],
  start: /fairseq_cli\.train \| (num\. model params|training on \d+ devices|\{'_name'|Namespace\()/,
  finished: /\| done training in /,
  settings: [
    { line: /num\. model params: (?<n>[\d,]+)/, names: { n: "num. model params" } },
    {
      line: /max tokens per GPU = (?<t>\w+) and (?:batch size|max sentences) per GPU = (?<b>\w+)/,
      names: { t: "max_tokens", b: "batch_size" },
    },
    { line: /training on (?<n>\d+) devices/, names: { n: "devices" } },
  ],
  noise: /\| (INFO|WARNING) \| |^\(\.\.\.\)$/,
  losses: { heldOut: "valid_loss", train: "loss" },
};
