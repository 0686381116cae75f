import { learningRateFunction, pythonNumber } from "./python";
import type { Recommendation } from "./recommend";

export const exportFormats = ["json", "pytorch", "huggingface", "lm-engine", "torchtitan", "nanotron"] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** A file to download or copy. */
export type ExportedFile = { format: ExportFormat; title: string; fileName: string; text: string };

/**
 * A recommendation as text for a training program; equal input gives equal text, numbers in full precision.
 * Null where the program has no such schedule.
 */
export function exportRecommendation(recommendation: Recommendation, format: ExportFormat): ExportedFile | null {
  const { title, fileName, write } = EXPORTERS[format];
  const text = write(recommendation);
  return text === null ? null : { format, title, fileName, text };
}

const EXPORTERS: Record<
  ExportFormat,
  { title: string; fileName: string; write: (r: Recommendation) => string | null }
> = {
  json: { title: "JSON", fileName: "recommendation.json", write: (r) => `${JSON.stringify(r, null, 2)}\n` },
  pytorch: { title: "PyTorch LambdaLR", fileName: "etalon_schedule.py", write: pytorch },
  huggingface: { title: "Hugging Face Trainer", fileName: "etalon_trainer.py", write: huggingFace },
  "lm-engine": { title: "lm-engine YAML", fileName: "lm_engine.yml", write: lmEngine },
  torchtitan: { title: "torchtitan TOML", fileName: "torchtitan.toml", write: torchtitan },
  nanotron: { title: "nanotron YAML", fileName: "nanotron.yml", write: nanotron },
};

function pytorch(r: Recommendation): string | null {
  const core = learningRateFunction(r);
  if (core === null) return null;
  return `${core}

def param_groups(model, weight_decay=0.1):
    """Splits parameters by class; adapt the name tests to your model."""
    groups = {name: [] for name in LR_MULTIPLIERS}
    for name, parameter in model.named_parameters():
        if parameter.ndim < 2:
            groups["norm"].append(parameter)
        elif "embed" in name:
            groups["embedding"].append(parameter)
        elif "head" in name:
            groups["head"].append(parameter)
        else:
            groups["hidden"].append(parameter)
    return [
        {
            "params": parameters,
            "lr": PEAK_LR * LR_MULTIPLIERS[name],
            "weight_decay": weight_decay * WEIGHT_DECAY_MULTIPLIERS[name],
        }
        for name, parameters in groups.items()
        if parameters
    ]


def scheduler(optimizer):
    """One factor for all groups, so their ratios hold at every step. Call step() once per optimizer step."""
    from torch.optim.lr_scheduler import LambdaLR

    return LambdaLR(optimizer, lambda step: learning_rate(step * TOKENS_PER_STEP) / PEAK_LR)
`;
}

function huggingFace(r: Recommendation): string | null {
  const core = pytorch(r);
  if (core === null) return null;
  const steps = r.target.tokens === null ? "None" : String(Math.ceil(r.target.tokens / stepTokens(r)));
  return `${core}

MAX_STEPS = ${steps}


def trainer(model, args, **kwargs):
    """A Trainer with this schedule. \`args\` must give ${r.target.batchSeqs} sequences of ${r.target.seqLen} tokens per optimizer step in all, and max_steps."""
    import torch
    from transformers import Trainer

    optimizer = torch.optim.AdamW(param_groups(model, args.weight_decay), lr=PEAK_LR, betas=(args.adam_beta1, args.adam_beta2))
    return Trainer(model=model, args=args, optimizers=(optimizer, scheduler(optimizer)), **kwargs)
`;
}

/** The engine's power class: a times the batch, c = tokens per step, and no final decay, which is a second stage. */
function lmEngine(r: Recommendation): string | null {
  const { schedule, target } = r;
  if (!schedule) return null;
  const step = stepTokens(r);
  const warmup = Math.round(r.warmupTokens / step);
  const total = target.tokens === null ? null : Math.round(target.tokens / step);
  const decay = r.decayTokens === null ? 0 : Math.round(r.decayTokens / step);
  const lr = yamlNumber(schedule.peakLr);
  if (schedule.kind === "power") {
    return `optimizer_args:
  class_args:
    lr: ${lr}
lr_scheduler_args:
  lr_decay_style: power
  num_warmup_steps: ${warmup}
  num_constant_steps: 0
  num_decay_steps: ${total === null ? 0 : total - warmup - decay}
  extra_lr_scheduler_args:
    a: ${yamlNumber(schedule.a * target.batchSeqs)} # amplitude ${schedule.a} x batch ${target.batchSeqs}
    b: ${yamlNumber(schedule.b)}
    c: ${target.batchSeqs * target.seqLen} # tokens per step
# This class has no final decay. Train the last ${decay} steps as a second stage that decays to 0.
`;
  }
  const style = { exp: "exponential", linear: "linear", cosine: "cosine", "1-sqrt": null }[schedule.decayShape];
  if (style === null || total === null) return null;
  return `optimizer_args:
  class_args:
    lr: ${lr}
lr_scheduler_args:
  lr_decay_style: ${style}
  num_warmup_steps: ${warmup}
  num_constant_steps: ${total - warmup - decay}
  num_decay_steps: ${decay}
  lr_decay_factor: ${yamlNumber(schedule.finalLrFraction)}
`;
}

function torchtitan(r: Recommendation): string | null {
  const { schedule, target } = r;
  const type = schedule && { exp: null, linear: "linear", "1-sqrt": "sqrt", cosine: "cosine" }[schedule.decayShape];
  if (schedule?.kind !== "wsd" || !type || target.tokens === null) return null;
  const step = stepTokens(r);
  return `[optimizer]
lr = ${tomlNumber(schedule.peakLr)}

[lr_scheduler]
warmup_steps = ${Math.round(r.warmupTokens / step)}
decay_ratio = ${tomlNumber(schedule.decayFraction)}
decay_type = "${type}"
min_lr_factor = ${tomlNumber(schedule.finalLrFraction)}

[training]
steps = ${Math.round(target.tokens / step)}
`;
}

function nanotron(r: Recommendation): string | null {
  const { schedule, target } = r;
  if (schedule?.kind !== "wsd" || schedule.decayShape === "exp" || target.tokens === null) return null;
  const step = stepTokens(r);
  const total = Math.round(target.tokens / step);
  const decay = Math.round(r.decayTokens! / step);
  return `optimizer:
  learning_rate_scheduler:
    learning_rate: ${yamlNumber(schedule.peakLr)}
    lr_warmup_steps: ${Math.round(r.warmupTokens / step)}
    lr_warmup_style: linear
    lr_decay_style: ${schedule.decayShape}
    lr_decay_starting_step: ${total - decay}
    lr_decay_steps: ${decay}
    min_decay_lr: ${yamlNumber(schedule.peakLr * schedule.finalLrFraction)}
tokens:
  train_steps: ${total}
`;
}

function stepTokens(r: Recommendation): number {
  return r.target.batchSeqs * r.target.seqLen;
}

/** YAML 1.1 reads an exponent as a number only after a decimal point. */
function yamlNumber(value: number): string {
  return pythonNumber(value).replace(/^(-?\d+)e/, "$1.0e");
}

function tomlNumber(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : pythonNumber(value);
}
