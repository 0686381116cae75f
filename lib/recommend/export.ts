import { FOLLOWS } from "../run";
import { unknownOfFactor } from "./class-rates";
import { learningRateFunction, pythonNumber } from "./python";
import type { Recommendation } from "./recommend";

export const exportFormats = ["json", "pytorch", "huggingface", "lm-engine", "torchtitan", "nanotron"] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** A file to download or copy. */
export type ExportedFile = { format: ExportFormat; title: string; fileName: string; text: string };

/** A program that the recommendation cannot be written for, and why. */
export type RefusedExport = { format: ExportFormat; title: string; why: string };

/**
 * A recommendation as text for a training program; equal input gives equal text, numbers in full precision. With the id
 * of a published one the text says it, so that runs can say which advice they follow.
 */
export function exportRecommendation(
  recommendation: Recommendation,
  format: ExportFormat,
  id?: string,
): ExportedFile | RefusedExport {
  const { title, fileName, write } = EXPORTERS[format];
  const isForProgram = format !== "json" && recommendation.schedule !== null;
  const written = (isForProgram && unknownRates(recommendation)) || write(recommendation);
  if (typeof written !== "string") return { format, title, ...written };
  return { format, title, fileName, text: id === undefined ? written : SAYING[format](written, id) };
}

/** In Python programs the client finds it in the environment; to others a person has to say it. */
const inPython = (text: string, id: string) => `${text}

# Runs that etalon.init() begins in this process say that they follow this recommendation.
import os

os.environ.setdefault("ETALON_RECOMMENDATION", "${id}")
`;
const inComment = (text: string, id: string) =>
  `# With ETALON_RECOMMENDATION=${id} in the environment etalon.init() says that the run follows this recommendation.\n${text}`;

const SAYING: Record<ExportFormat, (text: string, id: string) => string> = {
  json: (text, id) => `${JSON.stringify({ [FOLLOWS]: id, ...JSON.parse(text) }, null, 2)}\n`,
  pytorch: inPython,
  huggingface: inPython,
  "lm-engine": inComment,
  torchtitan: inComment,
  nanotron: inComment,
};

type Written = string | { why: string };

const EXPORTERS: Record<ExportFormat, { title: string; fileName: string; write: (r: Recommendation) => Written }> = {
  json: { title: "JSON", fileName: "recommendation.json", write: (r) => `${JSON.stringify(r, null, 2)}\n` },
  pytorch: { title: "PyTorch LambdaLR", fileName: "etalon_schedule.py", write: pytorch },
  huggingface: { title: "Hugging Face Trainer", fileName: "etalon_trainer.py", write: huggingFace },
  "lm-engine": { title: "lm-engine YAML", fileName: "lm_engine.yml", write: lmEngine },
  torchtitan: { title: "torchtitan TOML", fileName: "torchtitan.toml", write: torchtitan },
  nanotron: { title: "nanotron YAML", fileName: "nanotron.yml", write: nanotron },
};

const NO_SCHEDULE = { why: "the advice has no schedule" };
/** What the trainers of most programs take. */
const DEFAULT_WEIGHT_DECAY = 0.1;
const NO_LENGTH = { why: "the length of the run is unknown" };

/** Why no program can have these rates: under muP that of the hidden matrices goes by the width. */
function unknownRates({ target }: Recommendation): { why: string } | null {
  const missing = unknownOfFactor(target);
  if (missing === null) return null;
  return { why: `the target's ${missing} is unknown, and muP divides the rate of the hidden matrices by their width` };
}

/** Factors of the hidden matrices; null where all parameters have one rate. */
function hiddenFactors({ classes }: Recommendation): { lr: number; divisor: number; weightDecay: number } | null {
  const hidden = classes.find((c) => c.name === "hidden");
  if (!hidden?.lrMultiplier || hidden.lrMultiplier === 1) return null;
  return { lr: hidden.lr!, divisor: 1 / hidden.lrMultiplier, weightDecay: hidden.weightDecayMultiplier! };
}

/** Why a program with one rate for all parameters cannot have these. */
function severalRates(r: Recommendation): { why: string } | null {
  const hidden = hiddenFactors(r);
  if (!hidden) return null;
  return {
    why: `its configuration has one rate for all parameters, and muP divides that of the hidden matrices by ${pythonNumber(hidden.divisor)}`,
  };
}

function pytorch(r: Recommendation): Written {
  const core = learningRateFunction(r);
  if (core === null) return r.schedule ? NO_LENGTH : NO_SCHEDULE;
  return `${core}

HEADS = ("lm_head", "head", "output_head", "embed_out", "unembed")


def class_of(name, ndim):
    """Class of a parameter by its name; adapt it to your model. Numbered parts are layers, which hold no head."""
    parts = name.split(".")
    module = parts[-2] if len(parts) > 1 else name
    if ndim < 2:
        return "norm"
    if module in HEADS and not any(part.isdigit() for part in parts):
        return "head"
    if any("embed" in part or part in ("wte", "wpe") for part in parts):
        return "embedding"
    return "hidden"


def param_groups(model, weight_decay=${pythonNumber(r.target.weightDecay ?? DEFAULT_WEIGHT_DECAY)}):
    """One group of parameters a class, with its rate and weight decay."""
    groups = {name: [] for name in LR_MULTIPLIERS}
    for name, parameter in model.named_parameters():
        groups[class_of(name, parameter.ndim)].append(parameter)
    if LR_MULTIPLIERS["hidden"] != 1 and not groups["embedding"]:
        raise ValueError("no parameter was taken for an embedding, so it would get the hidden rate: adapt class_of")
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

function huggingFace(r: Recommendation): Written {
  const core = pytorch(r);
  if (typeof core !== "string") return core;
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
function lmEngine(r: Recommendation): Written {
  const { schedule, target } = r;
  if (!schedule) return NO_SCHEDULE;
  const step = stepTokens(r);
  const warmup = Math.round(r.warmupTokens / step);
  const total = target.tokens === null ? null : Math.round(target.tokens / step);
  const decay = r.decayTokens === null ? 0 : Math.round(r.decayTokens / step);
  if (schedule.kind === "power") {
    return `${lmEngineOptimizer(r)}lr_scheduler_args:
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
  if (style === null) return { why: "it has no 1-sqrt decay" };
  if (total === null) return NO_LENGTH;
  return `${lmEngineOptimizer(r)}lr_scheduler_args:
  lr_decay_style: ${style}
  num_warmup_steps: ${warmup}
  num_constant_steps: ${total - warmup - decay}
  num_decay_steps: ${decay}
  lr_decay_factor: ${yamlNumber(schedule.finalLrFraction)}
`;
}

/** The rate, and where classes have rates of their own the engine's muP groups, which divide by the model's m_width. */
function lmEngineOptimizer(r: Recommendation): string {
  const rate = `  class_args:
    lr: ${yamlNumber(r.schedule!.peakLr)}
`;
  const hidden = hiddenFactors(r);
  if (!hidden) return `optimizer_args:\n${rate}`;
  const width = yamlNumber(hidden.divisor);
  return `model_args:
  pretrained_config:
    init_method: mup
    m_width: ${width} # width ${r.target.width} / base width ${r.target.baseWidth}
optimizer_args:
  params_group_method: mup # hidden matrices get lr / m_width = ${hidden.lr}
${rate}# The engine's muP groups keep one weight decay; the advice multiplies that of hidden matrices by ${yamlNumber(hidden.weightDecay)}.
`;
}

function torchtitan(r: Recommendation): Written {
  const { schedule, target } = r;
  if (!schedule) return NO_SCHEDULE;
  if (schedule.kind !== "wsd") return { why: "it has no power schedule" };
  const type = { exp: null, linear: "linear", "1-sqrt": "sqrt", cosine: "cosine" }[schedule.decayShape];
  if (!type) return { why: "it has no exponential decay; choose linear, 1-sqrt or cosine" };
  if (target.tokens === null) return NO_LENGTH;
  const refused = severalRates(r);
  if (refused) return refused;
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

function nanotron(r: Recommendation): Written {
  const { schedule, target } = r;
  if (!schedule) return NO_SCHEDULE;
  if (schedule.kind !== "wsd") return { why: "it has no power schedule" };
  if (schedule.decayShape === "exp") return { why: "it has no exponential decay; choose linear, 1-sqrt or cosine" };
  if (target.tokens === null) return NO_LENGTH;
  const refused = severalRates(r);
  if (refused) return refused;
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
