import type { Grammar } from "../grammar";

/** Lines of the Trainer's dictionaries; the progress bar that follows says the step. */
export const hfTrainer: Grammar = {
  name: "hf-trainer",
  title: "Hugging Face Trainer console (also axolotl, TRL, LLaMA-Factory)",
  sign: /\{'(loss|eval_loss|train_runtime|eval_runtime)': /,
  rows: [
    { has: "| ", line: /^\s*(?:[^|]{0,120}:\s*)?\d+%\|[^|]*\| (?<step>\d+)\/(?<of>\d+) \[/ },
    {
      has: "{'",
      line: /\{(?<rest>'(?:loss|eval_loss|eval_runtime|train_runtime|train_loss|eval_\w+)': .*)\}/,
      pairs: /'([^']+)': '?([-+]?[\d.]+(?:[eE][-+]?\d+)?|nan|[-+]?inf)'?(?=[,}]|$)/g,
      counters: { num_input_tokens_seen: "tokens" },
      waits: true,
    },
  ],
  settings: [
    { line: /\bTotal optimization steps = (?<n>[\d,]+)/, names: { n: "Total optimization steps" } },
    { line: /\bNum examples = (?<n>[\d,]+)/, names: { n: "Num examples" } },
    { line: /\bNum Epochs = (?<n>[\d,]+)/, names: { n: "Num Epochs" } },
    { line: /\bInstantaneous batch size per device = (?<n>[\d,]+)/, names: { n: "per_device_train_batch_size" } },
    { line: /\bTotal train batch size \(.*\) = (?<n>[\d,]+)/, names: { n: "Total train batch size" } },
    { line: /\bGradient Accumulation steps = (?<n>[\d,]+)/, names: { n: "gradient_accumulation_steps" } },
    { line: /\bNumber of trainable parameters = (?<n>[\d,]+)/, names: { n: "Number of trainable parameters" } },
  ],
  results: [{ line: /^(?:\[.*>>)?\s+(?<name>(?:train|eval)_\w+|epoch|total_flos)\s+=\s+(?<value>\S+)$/ }],
  finished: /Training completed\.|\*{5} train metrics \*{5}/,
};
