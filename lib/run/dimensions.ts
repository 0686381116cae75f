import { architectureOf, paramCounts } from "../protocol/model-size";
import type { RunConfig } from "../protocol/run-config";
import { scheduleShape } from "../schedule/label";
import { lossTakings, TRAINER_LOSS } from "./loss";

/**
 * How a dimension is read and kept: a positive number, one that may be 0, one that is rounded to a whole one, a
 * positive whole number, any whole number, text, one of its `choices`, or a loss (positive, NaN where the run
 * diverged).
 */
export type DimensionKind = "positive" | "nonNegative" | "rounded" | "count" | "integer" | "text" | "choice" | "loss";

/**
 * What a dimension tells apart: models of one size from others, curves of one size from each other (by what was
 * trained, or by the recipe that it was trained with), or the places of runs on them. A result tells nothing apart.
 */
type Role = "size" | "curve" | "place" | "recipe" | "result";

interface Definition {
  kind: DimensionKind;
  role: Role;
  label: string;
  unit: string;
  choices?: readonly string[];
  /** Short names for mappings, filters and tables; among them what 0.1 called it. */
  aliases: readonly string[];
  /** What programs and papers call it, whole and without regard to case. */
  known: RegExp;
  /** Its value for a run of our own trainer; left out where the run's end says it. */
  of?: (config: RunConfig) => number | string | null;
}

/**
 * Every dimension of a run: its canonical name is that of the column in `db/schema`, of the API, and of tables.
 * Schemas, types, readers, filters, exports and imports are made from these rows; how one is added:
 * docs/architecture.md. The most telling names stand first: a column is read as the first dimension that knows it.
 */
export const dimensions = {
  peakLr: {
    kind: "positive",
    role: "place",
    label: "Peak LR",
    unit: "muP base rate",
    aliases: ["lr"],
    known: /^(peak[_ ]?)?(lr|learning[_ ]?rate|eta)$|^(max|peak|base)[_ ]?(lr|learning[_ ]?rate)$/i,
    of: ({ schedule }) => schedule.peakLr,
  },
  batchSeqs: {
    kind: "rounded",
    role: "place",
    label: "Batch",
    unit: "sequences",
    aliases: ["batch"],
    known: /^(bs|bsz|b|batch|batch[_ ]?seqs?|((global|effective|(total[_ ]?)?train)[_ ]?)?batch[_ ]?size)$/i,
    of: ({ batchSeqs }) => batchSeqs,
  },
  seqLen: {
    kind: "count",
    role: "curve",
    label: "Sequence length",
    unit: "tokens",
    aliases: [],
    known: /^(seq[_ ]?len(gth)?|sequence[_ ]?length|context([_ ]?length)?|block[_ ]?size|max[_ ]?length)$/i,
    of: ({ model }) => model.seqLen,
  },
  tokens: {
    kind: "positive",
    role: "place",
    label: "Tokens T",
    unit: "tokens",
    aliases: [],
    known: /^(d|t|tokens|max[_ ]?tokens|num[_ ]?tokens|train(ing)?[_ ]?tokens|total[_ ]?tokens)$/i,
    of: ({ tokens }) => tokens,
  },
  paramsNonEmbedding: {
    kind: "positive",
    role: "size",
    label: "Params, non-embedding",
    unit: "parameters",
    aliases: ["params"],
    known: /^(non[_ -]?emb(edding)?[_ ]?param(eter)?s|(num[_ ]?)?param(eter)?s?[_ ]?non[_ -]?emb(edding)?)$/i,
    of: ({ model }) => paramCounts(model).nonEmbedding,
  },
  paramsTotal: {
    kind: "positive",
    role: "size",
    label: "Params, total",
    unit: "parameters",
    aliases: [],
    known:
      /^(params?[_ ]?total|total[_ ]?param(eter)?s?|n[_ ]?total|n|(num[_ ]?|n[_ ]?)?param(eter)?s?|model[_ ]?(size|params))$/i,
    of: ({ model }) => paramCounts(model).total,
  },
  paramsActive: {
    kind: "positive",
    role: "size",
    label: "Params, active",
    unit: "parameters",
    aliases: [],
    known: /^(params?[_ ]?active|active[_ ]?params?|n[_ ]?a(ctive)?|na)$/i,
    of: ({ model }) => paramCounts(model).active,
  },
  width: {
    kind: "count",
    role: "size",
    label: "Width",
    unit: "features",
    aliases: [],
    known: /^(width|d[_ ]?model|hidden[_ ]?size|n[_ ]?embd|embed(ding)?[_ ]?dim)$/i,
    of: ({ model }) => model.width,
  },
  depth: {
    kind: "count",
    role: "size",
    label: "Depth",
    unit: "layers",
    aliases: [],
    known: /^(depth|layers|n[_ ]?layers?|num[_ ]?(hidden[_ ]?)?layers)$/i,
    of: ({ model }) => model.depth,
  },
  architecture: {
    kind: "text",
    role: "size",
    label: "Architecture",
    unit: "",
    aliases: [],
    known: /^(arch|architecture|model[_ ]?type)$/i,
    of: ({ model }) => architectureOf(model),
  },
  parametrization: {
    kind: "text",
    role: "size",
    label: "Parametrization",
    unit: "mup or standard",
    aliases: [],
    known: /^(parametri[sz]ation|mup)$/i,
    of: ({ parametrization }) => parametrization.kind,
  },
  schedule: {
    kind: "text",
    role: "curve",
    label: "Schedule",
    unit: "",
    aliases: [],
    known: /^(schedule|lr[_ ]?scheduler?([_ ]?type)?)$/i,
    of: ({ schedule }) => schedule.kind,
  },
  scheduleShape: {
    kind: "text",
    role: "curve",
    label: "Schedule shape",
    unit: "decay and end",
    aliases: [],
    known: /^schedule[_ ]?shape$/i,
    of: ({ schedule }) => scheduleShape(schedule),
  },
  warmupTokens: {
    kind: "nonNegative",
    role: "curve",
    label: "Warmup",
    unit: "tokens",
    aliases: [],
    known: /^(num[_ ]?)?warmup[_ ]?tokens$/i,
    of: ({ schedule }) => schedule.warmupTokens,
  },
  data: {
    kind: "text",
    role: "curve",
    label: "Data and tokenizer",
    unit: "",
    aliases: [],
    known: /^(data|data[_ ]?set|corpus)$/i,
    of: ({ data }) => data.source,
  },
  optimizer: {
    kind: "text",
    role: "recipe",
    label: "Optimizer",
    unit: "its name",
    aliases: [],
    known: /^optim(i[sz]er)?([_./ ]?(name|type|class))?$/i,
    of: () => "adamw",
  },
  weightDecay: {
    kind: "nonNegative",
    role: "recipe",
    label: "Weight decay",
    unit: "per step and unit of its convention",
    aliases: ["wd"],
    known: /^(.*[./])?(weight[_ ]?decay|wd)$/i,
    of: ({ optimizer }) => optimizer.weightDecay,
  },
  weightDecayConvention: {
    kind: "choice",
    choices: ["coupled", "independent"],
    role: "recipe",
    label: "Weight decay is",
    unit: "coupled: times the rate; independent of it",
    aliases: [],
    known: /^weight[_ ]?decay[_ ]?convention$/i,
    of: () => "coupled",
  },
  beta2: {
    kind: "nonNegative",
    role: "recipe",
    label: "Beta 2",
    unit: "",
    aliases: [],
    known: /^(.*[./])?(adam[_ ]?)?beta[_ ]?2$/i,
    of: ({ optimizer }) => optimizer.beta2,
  },
  baseWidth: {
    kind: "count",
    role: "recipe",
    label: "Base width",
    unit: "features, of muP",
    aliases: [],
    known: /^(mup[_ ]?)?(base[_ ]?width|width[_ ]?base|d[_ ]?model[_ ]?base)$/i,
    of: ({ parametrization: { kind, baseWidth } }) => (kind === "mup" ? baseWidth : null),
  },
  baseDepth: {
    kind: "count",
    role: "recipe",
    label: "Base depth",
    unit: "layers, of depth-muP",
    aliases: [],
    known: /^(mup[_ ]?)?(base[_ ]?depth|depth[_ ]?base|base[_ ]?layers)$/i,
  },
  recipe: {
    kind: "text",
    role: "recipe",
    label: "Recipe",
    unit: "hash of the rest of the config",
    aliases: [],
    known: /^recipe$/i,
  },
  seed: {
    kind: "integer",
    role: "place",
    label: "Seed",
    unit: "",
    aliases: [],
    known: /^(seed|random[_ ]?seed)$/i,
    of: ({ seed }) => seed,
  },
  trainTailLoss: {
    kind: "loss",
    role: "result",
    label: "Training loss, tail",
    unit: "nats per token",
    aliases: ["tailLoss"],
    known: /^(train[_ ]?tail[_ ]?loss|tail[_ ]?loss)$/i,
  },
  lossMetric: {
    kind: "text",
    role: "curve",
    label: "Loss metric",
    unit: "its name",
    aliases: ["metric"],
    known: /^loss[_ ]?metric$/i,
    of: () => TRAINER_LOSS.lossMetric,
  },
  lossTaken: {
    kind: "choice",
    choices: lossTakings,
    role: "curve",
    label: "Loss taken as",
    unit: lossTakings.join(", "),
    aliases: ["taken"],
    known: /^loss[_ ]?taken$/i,
    of: () => TRAINER_LOSS.lossTaken,
  },
  finalLoss: {
    kind: "loss",
    role: "result",
    label: "Final loss",
    unit: "held-out, nats per token",
    aliases: ["loss"],
    known:
      /^((smooth|final|val(idation)?|eval|test|heldout|held-out)[_ /]?loss|(eval|val|validation|test)\/loss|final[_ ]?loss|loss)$/i,
  },
} as const satisfies Record<string, Definition>;

export type Dimension = keyof typeof dimensions;

export const dimensionNames = Object.keys(dimensions) as Dimension[];

type Values = Record<Exclude<DimensionKind, "text" | "choice">, number> & { text: string };
type Row<D extends Dimension> = (typeof dimensions)[D];
export type DimensionValue<D extends Dimension> =
  Row<D> extends { choices: readonly (infer C)[] } ? C : Values[Row<D>["kind"] & keyof Values];

/** Values of a run's dimensions; null is unknown. */
export type Dimensions = { [D in Dimension]: DimensionValue<D> | null };

export const definitionOf = (name: Dimension): Definition => dimensions[name];

export type ChoiceDimension = {
  [D in Dimension]: Row<D> extends { choices: readonly string[] } ? D : never;
}[Dimension];
export const choiceDimensions = dimensionNames.filter((d) => definitionOf(d).choices) as ChoiceDimension[];

export const recipeDimensions = dimensionNames.filter((d) => definitionOf(d).role === "recipe");

/** The dimension of that canonical name or alias. */
export function dimensionCalled(name: string): Dimension | null {
  if (Object.hasOwn(dimensions, name)) return name as Dimension;
  return dimensionNames.find((d) => definitionOf(d).aliases.includes(name)) ?? null;
}

/** An object with an entry for each dimension that `use` lets through. */
export function eachDimension<T>(
  entry: (name: Dimension, definition: Definition) => T,
  use: (definition: Definition) => boolean = () => true,
): Record<Dimension, T> {
  const names = dimensionNames.filter((name) => use(definitionOf(name)));
  return Object.fromEntries(names.map((name) => [name, entry(name, definitionOf(name))])) as Record<Dimension, T>;
}

/** The dimensions of a run of our own trainer, as far as its config says them. */
export function dimensionsOf(config: RunConfig): Partial<Dimensions> {
  return eachDimension(
    (_, { of }) => of!(config),
    ({ of }) => of !== undefined,
  ) as Partial<Dimensions>;
}
