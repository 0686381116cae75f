import { leaves } from "../json";
import { FOLLOWS } from "../run";
import { configNames } from "./config";
import { fieldOf, type Mapping, mappingFields } from "./definitions";
import { PREFIX } from "./guess";
import { readersOf } from "./source";

/**
 * Keys of configs that cannot change what a run learns: names and ids, paths, hosts and devices, logging, evaluating
 * and saving, how a batch is split, and how long a run is. `*` stands for any characters, a word for a key or a part of
 * it between dots.
 */
export const RECIPE_IGNORED: readonly string[] = [
  ...["name", "*run_name", "*exp_name", "*experiment*", "*job_name", "project*", "entity", "group", "tags", "notes"],
  ...["comment*", "description", "user*", "id", "*_id", "*uuid", "git*", "*commit*", "*timestamp*", "date*", "*_date"],
  ...["*path", "*_dir", "dir", "*directory*", "*folder*", "*_file", "*filename*", "out", "output*", "*_url", "*_uri"],
  ...["host*", "hostname", "master_*", "port", "*device*", "*gpu*", "cuda*", "*rank", "world_size", "*num_nodes"],
  ...["nodes", "nnodes", "nproc*", "*workers", "pin_memory", "prefetch*", "compile*", "backend", "profile*"],
  ...["log*", "*_logging*", "*_log_*", "wandb*", "_wandb*", "tensorboard*", "mlflow*", "neptune*", "comet*"],
  ...["report_to", "verbose*", "debug*", "eval_*", "*_interval", "val_check*", "save*", "*checkpoint*", "*ckpt*"],
  ...["resume*", "keep_*", "per_device_*", "gradient_accumulation*", "*micro_batch*", "*microbatch*"],
  // how long a run is, which its tokens say
  ...["max_iters", "max_steps", "max_epochs", "train_iters", "train_samples", "num_iterations", "num_train_epochs"],
  ...["lr_decay_iters", "lr_decay_steps", "lr_decay_samples", "lr_decay_tokens", "train_num_batches", "epochs"],
];

/**
 * Keys of our own trainer's config that dimensions say (the shape by the counts of parameters), and when it evaluates.
 */
const OWN_SAID = [
  ...["schedule.*", "model.experts", "model.topK", "model.hidden", "model.heads", "model.kvHeads"],
  ...["parametrization.kind", "data.source", "evalTokens"],
];
const OWN_PARTS = /^(model|optimizer|parametrization)\./;

type RecipeRules = { mapping: Mapping; ignored: readonly string[]; own: boolean; peakLr?: number | null };

/** The least rate of a schedule, or that of a class of parameters, mostly follows the peak. */
const RATE = /(^|[._/-])(lr|learning_?rate)([._/-]|$)/i;

/**
 * What of a config makes up its recipe: key and value as JSON, in the order of the keys; null for an empty config.
 * Left out are keys that a dimension is read from, those that are called like one, and the ignored. Other learning
 * rates are said as parts of the peak, where that is known.
 */
export function recipeOf(config: Readonly<Record<string, unknown>>, rules: RecipeRules): [string, string][] | null {
  const names = configNames(config).filter((name) => name !== FOLLOWS);
  if (names.length === 0) return null;
  const parts = rules.own ? withHeadDim(config) : config;
  const { readers } = readersOf(rules.mapping, names);
  const said = new Set([...readers.values()].flatMap((r) => r.names));
  const ignored = rules.own ? [...rules.ignored, ...OWN_SAID] : rules.ignored;
  const isRecipe = (key: string) =>
    key !== FOLLOWS && !said.has(key) && !isCalledLikeOne(key, rules.own) && !isIgnored(key, ignored);
  return leaves(parts)
    .filter(([key]) => isRecipe(key))
    .map(([key, value]): [string, string] => [key, RATE.test(key) ? partOf(value, rules.peakLr) : value])
    .sort(([p], [q]) => (p < q ? -1 : 1));
}

function partOf(rate: string, peakLr: number | null | undefined): string {
  const part = peakLr ? Number(rate) / peakLr : Number.NaN;
  return Number.isFinite(part) ? `${Number(part.toPrecision(6))} of the peak` : rate;
}

/** Wider models have more heads; their width is what tells recipes apart. */
function withHeadDim(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const model = config.model as { width?: number; heads?: number } | undefined;
  const { width = Number.NaN, heads = Number.NaN } = model ?? {};
  return Number.isFinite(width / heads) ? { ...config, model: { ...model, headDim: width / heads } } : config;
}

/** The keys in which recipes differ, with the value that each has: JSON, or null where it has none. */
export function recipeDifferences(
  recipes: readonly (readonly [string, string][])[],
): { key: string; values: (string | null)[] }[] {
  const entries = recipes.map((recipe) => new Map(recipe));
  const keys = [...new Set(entries.flatMap((recipe) => [...recipe.keys()]))].sort();
  return keys
    .map((key) => ({ key, values: entries.map((recipe) => recipe.get(key) ?? null) }))
    .filter(({ values }) => values.some((v) => v !== values[0]));
}

function isCalledLikeOne(key: string, own: boolean): boolean {
  const plain = own ? key.replace(OWN_PARTS, "") : key.replace(PREFIX, "");
  return mappingFields.some((field) => fieldOf(field).known.test(key) || fieldOf(field).known.test(plain));
}

/** Whether one of the patterns is the key, or a part of it between dots or slashes. */
export function isIgnored(key: string, patterns: readonly string[]): boolean {
  const words = [key, ...key.split(/[./]/)].map((word) => word.toLowerCase());
  return patterns.some((pattern) => words.some((word) => matches(word, pattern.toLowerCase())));
}

/** `*` stands for any characters; goes back to the last one only, so in time of length times length. */
function matches(text: string, pattern: string): boolean {
  let [t, p, star, retry] = [0, 0, -1, 0];
  while (t < text.length) {
    if (pattern[p] === "*") {
      star = p++;
      retry = t;
    } else if (pattern[p] === text[t]) {
      p++;
      t++;
    } else if (star < 0) return false;
    else {
      p = star + 1;
      t = ++retry;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
