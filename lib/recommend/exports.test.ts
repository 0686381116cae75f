import { spawnSync } from "node:child_process";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { fitLaw, fitSettingsSchema } from "../fit";
import { learningRate, type Schedule } from "../schedule";
import {
  type ExportFormat,
  exportFormats,
  exportRecommendation,
  type Recommendation,
  type RecommendationTargetInput,
  recommend,
  recommendationTargetSchema,
} from ".";

const fit = fitLaw(quickstartRuns("quickstart-a.csv"), fitSettingsSchema.parse({ form: "power-free" }));
const large = { tokens: 1e10, batchSeqs: 128, seqLen: 2048, params: 1e9, width: 1024, baseWidth: 64 } as const;

function advise(target: RecommendationTargetInput): Recommendation {
  return recommend(fit, recommendationTargetSchema.parse(target))!;
}

/** The paper's own schedule, put in place of ours: a 4, b -0.51, cap 0.02 at batch 1024. */
function papersPower(): Recommendation {
  const target = recommendationTargetSchema.parse({
    ...large,
    tokens: 1e12,
    batchSeqs: 1024,
    seqLen: 4096,
    ...{ schedule: "power", parametrization: "standard" },
  });
  const advice = advise(target);
  const schedule = { ...advice.schedule!, kind: "power" as const, peakLr: 0.02, a: 4, b: -0.51 };
  return { ...advice, target, schedule };
}

const oneRate = { parametrization: "standard" } as const;

/** The file; throws where the program is refused. */
function fileOf(advice: Recommendation, format: ExportFormat) {
  const made = exportRecommendation(advice, format);
  if (!("text" in made)) throw new Error(`${format}: ${made.why}`);
  return made;
}

function python(script: string, input = "") {
  const run = spawnSync("python3", ["-c", script], { input, encoding: "utf8" });
  return { ok: run.status === 0, out: run.stdout ?? "", err: run.stderr ?? "" };
}
const hasPython = python("print(1)").ok;
const hasToml = python("import tomllib").ok;
const hasTorch = python("import torch").ok;
const hasTransformers = python("import torch, transformers").ok;

describe("the PyTorch export", () => {
  const advice = advise({ ...large, schedule: "power" });
  const { text } = fileOf(advice, "pytorch");
  const steps = [0, 1, 10, 100, 1_000, 20_000];
  const expected = steps.map((step) => {
    const n = step * large.batchSeqs * large.seqLen;
    return learningRate(advice.schedule as Schedule, { batchSeqs: large.batchSeqs, totalTokens: large.tokens }, n);
  });

  it.runIf(hasTorch)("drives a real optimizer through a real LambdaLR", () => {
    const { out, err } = python(`${text}
import torch
layers = torch.nn.ModuleDict({"embed": torch.nn.Embedding(4, 4), "hidden": torch.nn.Linear(4, 4), "head": torch.nn.Linear(4, 4)})
optimizer = torch.optim.AdamW(param_groups(layers), lr=PEAK_LR)
schedule = scheduler(optimizer)
for step in range(101):
    if step in (0, 1, 10, 100):
        print([repr(g["lr"]) for g in optimizer.param_groups])
    optimizer.step()
    schedule.step()
`);
    expect(err).toBe("");
    expect(out.trim().split("\n")).toHaveLength(4);
  });

  it.runIf(hasPython)("knows the parameters of GPT-2, GPT-NeoX, Llama and attention heads by their names", () => {
    const classes = {
      embedding: [
        "transformer.wte.weight",
        "transformer.wpe.weight",
        "model.embed_tokens.weight",
        "tok_embeddings.weight",
      ],
      head: ["lm_head.weight", "head.weight", "model.head.weight", "embed_out.weight"],
      hidden: [
        "transformer.h.0.attn.c_attn.weight",
        "blocks.0.attn.heads.0.weight",
        "attn.heads.weight",
        "h.1.head.weight",
      ],
    };
    const lines = Object.values(classes).map((names) => `print([class_of(n, 2) for n in ${JSON.stringify(names)}])`);
    const { out, err } = python(`${text}\n${lines.join("\n")}\nprint(class_of("transformer.h.0.ln_1.weight", 1))`);
    expect(err).toBe("");
    const said = out.trim().split("\n");
    expect(said.slice(0, 3)).toEqual(Object.keys(classes).map((c) => `['${c}', '${c}', '${c}', '${c}']`));
    expect(said[3]).toBe("norm");
  });

  it.runIf(hasPython)("fails loudly where it meets no embedding, and takes the target's weight decay", () => {
    const model = `
class Parameter:
    ndim = 2
class Model:
    def named_parameters(self):
        return [("encoder.0.weight", Parameter())]
`;
    expect(python(`${text}${model}\nparam_groups(Model())`).err).toContain("no parameter was taken for an embedding");
    const file = fileOf(advise({ ...large, ...oneRate, weightDecay: 0.033 }), "pytorch").text;
    const { out, err } = python(`${file}${model}\nprint(param_groups(Model())[0]["weight_decay"])`);
    expect([out.trim(), err]).toEqual(["0.033", ""]);
  });

  it.runIf(hasPython)("splits parameters by class and keeps their ratios at every step (a stand-in for torch)", () => {
    const { out, err } = python(`
import sys, types
class LambdaLR:
    """What torch documents: each group's initial lr times the factor of the step."""
    def __init__(self, optimizer, factor):
        self.optimizer, self.factor = optimizer, factor
    def lrs(self, step):
        return [g["lr"] * self.factor(step) for g in self.optimizer.param_groups]
for name in ("torch", "torch.optim", "torch.optim.lr_scheduler"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["torch.optim.lr_scheduler"].LambdaLR = LambdaLR
${text}
class Parameter:
    def __init__(self, ndim): self.ndim = ndim
class Model:
    def named_parameters(self):
        return [("embed.weight", Parameter(2)), ("blocks.0.up.weight", Parameter(2)), ("norm.gain", Parameter(1)), ("head.weight", Parameter(2))]
class Optimizer:
    param_groups = param_groups(Model())
for step in ${JSON.stringify(steps)}:
    print(",".join(repr(float(v)) for v in scheduler(Optimizer()).lrs(step)))
`);
    expect(err).toBe("");
    const rows = out
      .trim()
      .split("\n")
      .map((line) => line.split(",").map(Number));
    const factors = advice.classes.map((c) => c.lrMultiplier!);
    rows.forEach((row, i) => {
      expect(row).toHaveLength(4);
      row.forEach((lr, k) => {
        const wanted = expected[i]! * factors[k]!;
        expect(Math.abs(lr - wanted)).toBeLessThanOrEqual(1e-12 * wanted + 1e-18);
      });
    });
    expect(factors[1]).toBeCloseTo(1 / 16, 12);
  });
});

describe("the Hugging Face export", () => {
  const advice = advise(large);
  const { text } = fileOf(advice, "huggingface");
  const steps = [0, 1, 10, 100, 1_000, 20_000];
  const rates = steps.map((step) =>
    learningRate(
      advice.schedule as Schedule,
      { batchSeqs: large.batchSeqs, totalTokens: large.tokens },
      step * large.batchSeqs * large.seqLen,
    ),
  );

  it.runIf(hasPython)("compiles and knows the steps", () => {
    const { out, err } = python(`${text}\nprint(MAX_STEPS, callable(trainer))\n`);
    expect(err).toBe("");
    expect(out.trim()).toBe(`${Math.ceil(1e10 / (128 * 2048))} True`);
  });

  it.runIf(hasTransformers)("makes a real Trainer with this optimizer and schedule", () => {
    const { out, err } = python(`${text}
import tempfile, torch
from transformers import TrainingArguments
layers = torch.nn.ModuleDict({"embed": torch.nn.Embedding(4, 4), "hidden": torch.nn.Linear(4, 4), "head": torch.nn.Linear(4, 4)})
args = TrainingArguments(output_dir=tempfile.mkdtemp(), max_steps=MAX_STEPS, report_to=[], use_cpu=True)
made = trainer(layers, args, train_dataset=[])
print(isinstance(made.optimizer, torch.optim.AdamW), ",".join(repr(f(${steps[3]})) for f in made.lr_scheduler.lr_lambdas))
`);
    expect(err.split("\n").filter((line) => line.includes("Error"))).toEqual([]);
    expect(out).toMatch(/^True /);
    for (const factor of out.trim().split(" ")[1]!.split(",").map(Number))
      expect(factor).toBeCloseTo(rates[3]! / advice.schedule!.peakLr, 12);
  });

  it.runIf(hasPython)("hands its optimizer and schedule to the Trainer (stand-ins for torch and transformers)", () => {
    const { out, err } = python(`
import sys, types
class LambdaLR:
    """What torch documents: each group's initial lr times the factor of the step."""
    def __init__(self, optimizer, factor):
        self.optimizer, self.factor = optimizer, factor
    def lrs(self, step):
        return [g["lr"] * self.factor(step) for g in self.optimizer.param_groups]
class AdamW:
    def __init__(self, param_groups, lr, betas):
        self.param_groups, self.betas = [{"lr": lr, **g} for g in param_groups], betas
class Trainer:
    def __init__(self, model, args, optimizers, **rest):
        self.model, self.args, (self.optimizer, self.lr_scheduler), self.rest = model, args, optimizers, rest
for name in ("torch", "torch.optim", "torch.optim.lr_scheduler", "transformers"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["torch"].optim = sys.modules["torch.optim"]
sys.modules["torch.optim"].AdamW = AdamW
sys.modules["torch.optim.lr_scheduler"].LambdaLR = LambdaLR
sys.modules["transformers"].Trainer = Trainer
${text}
class Parameter:
    def __init__(self, ndim): self.ndim = ndim
class Model:
    def named_parameters(self):
        return [("embed.weight", Parameter(2)), ("blocks.0.up.weight", Parameter(2)), ("norm.gain", Parameter(1)), ("head.weight", Parameter(2))]
args = types.SimpleNamespace(weight_decay=0.1, adam_beta1=0.9, adam_beta2=0.95)
made = trainer(Model(), args, train_dataset=["d"])
assert made.rest == {"train_dataset": ["d"]} and made.optimizer.betas == (0.9, 0.95)
for step in ${JSON.stringify(steps)}:
    print(",".join(repr(float(v)) for v in made.lr_scheduler.lrs(step)))
`);
    expect(err).toBe("");
    const rows = out
      .trim()
      .split("\n")
      .map((line) => line.split(",").map(Number));
    expect(rows).toHaveLength(steps.length);
    rows.forEach((row, i) => {
      row.forEach((lr, k) => {
        const wanted = rates[i]! * advice.classes[k]!.lrMultiplier!;
        expect(Math.abs(lr - wanted)).toBeLessThanOrEqual(1e-12 * wanted + 1e-18);
      });
    });
  });
});

describe("YAML and TOML", () => {
  // biome-ignore lint/suspicious/noExplicitAny: what the programs that read it expect of it
  const yaml = (text: string) => load(text) as any;

  it("lm-engine: its own rule, applied to what is exported, gives the paper's vectors", () => {
    const config = yaml(fileOf(papersPower(), "lm-engine").text);
    const { lr } = config.optimizer_args.class_args;
    const { a, b, c } = config.lr_scheduler_args.extra_lr_scheduler_args;
    const rate = (step: number) => lr * Math.min(1, (a / lr) * (step * c) ** b);
    const vectors: [number, number][] = [
      [2000, 0.02],
      [6190, 0.02],
      [6191, 0.01999886674150998],
      [10000, 0.015660419686551373],
      [100000, 0.004839532342859562],
      [238419, 0.0031071309498409984],
    ];
    for (const [step, expected] of vectors) expect(rate(step) / expected).toBeCloseTo(1, 9);
    expect(config.lr_scheduler_args.lr_decay_style).toBe("power");
  });

  it("nanotron: whole steps that add up", () => {
    const config = yaml(fileOf(advise({ ...large, ...oneRate, decayShape: "1-sqrt" }), "nanotron").text);
    const s = config.optimizer.learning_rate_scheduler;
    expect(s.lr_decay_starting_step + s.lr_decay_steps).toBe(config.tokens.train_steps);
    expect(typeof s.learning_rate).toBe("number");
    expect(s.lr_decay_style).toBe("1-sqrt");
  });

  it.runIf(hasToml)("torchtitan: numbers are numbers", () => {
    const { text } = fileOf(advise({ ...large, ...oneRate, decayShape: "1-sqrt" }), "torchtitan");
    const { out, err } = python("import sys, tomllib, json; print(json.dumps(tomllib.loads(sys.stdin.read())))", text);
    expect(err).toBe("");
    const config = JSON.parse(out);
    expect(config.lr_scheduler).toMatchObject({ decay_ratio: 0.1, decay_type: "sqrt", min_lr_factor: 0 });
    expect(config.training.steps).toBe(Math.round(1e10 / (128 * 2048)));
    expect(config.optimizer.lr).toBeGreaterThan(0);
  });

  it("lm-engine: classes with rates of their own go by its muP groups", () => {
    const advice = advise({ ...large, baseWidth: 64 });
    const config = yaml(fileOf(advice, "lm-engine").text);
    expect(config.optimizer_args.params_group_method).toBe("mup");
    expect(config.model_args.pretrained_config).toEqual({ init_method: "mup", m_width: 16 });
    const hidden = advice.classes.find((c) => c.name === "hidden")!.lr!;
    expect(config.optimizer_args.class_args.lr / config.model_args.pretrained_config.m_width).toBeCloseTo(hidden, 15);
    expect(yaml(fileOf(advise({ ...large, ...oneRate }), "lm-engine").text).model_args).toBeUndefined();
  });

  it.each(["torchtitan", "nanotron"] as const)(
    "%s is refused where it would train with other rates, and says why",
    (format) => {
      const muP = { ...large, decayShape: "linear", baseWidth: 64 } as const;
      expect(exportRecommendation(advise(muP), format)).toMatchObject({
        why: expect.stringMatching(/one rate for all.*by 16$/),
      });
      expect(exportRecommendation(advise({ ...large, ...oneRate }), format)).toMatchObject({
        why: expect.stringMatching(/choose linear/),
      });
      expect(exportRecommendation(advise({ ...muP, baseWidth: 1024 }), format)).toHaveProperty("text");
    },
  );

  it("no program gets rates of muP where the width or the base width is unknown", () => {
    for (const [unknown, word] of [
      [{ width: null }, "width"],
      [{ baseWidth: null }, "base width"],
    ] as const) {
      const advice = advise({ ...large, ...unknown, decayShape: "linear" });
      expect(advice.classes.find((c) => c.name === "hidden")).toMatchObject({ lrMultiplier: null, lr: null });
      for (const format of exportFormats.filter((f) => f !== "json")) {
        const why = `the target's ${word} is unknown, and muP divides the rate of the hidden matrices by their width`;
        expect(exportRecommendation(advice, format)).toMatchObject({ why });
      }
      // Advice of earlier versions gave hidden matrices the base rate there.
      const classes = advice.classes.map((c) => ({ ...c, lrMultiplier: 1, lr: advice.schedule!.peakLr }));
      expect(exportRecommendation({ ...advice, classes }, "pytorch")).toHaveProperty("why");
    }
  });

  it("every program gets the rate of hidden matrices, or is refused: width 2048 at base width 64", () => {
    for (const decayShape of ["exp", "linear", "1-sqrt", "cosine"] as const) {
      const advice = advise({ ...large, width: 2048, decayShape });
      for (const format of exportFormats) {
        const made = exportRecommendation(advice, format);
        if ("why" in made) continue;
        expect(made.text).toMatch(/"hidden": 0\.03125|m_width: 32\.?0? #|"lrMultiplier": 0\.03125/);
      }
    }
  });

  it("JSON is what the API answers", () => {
    const advice = advise(large);
    expect(JSON.parse(fileOf(advice, "json").text)).toEqual(advice);
  });
});
