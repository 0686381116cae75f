import { fieldOf, type Mapping, type MappingField, mappingFields } from "./definitions";
import { asName, joinUnit, saidUnit, unitsOf } from "./units";

/** What is looked for first where one name could be two fields. */
const FIRST: MappingField[] = ["peakLr", "batchTokens"];
const ORDER = [...FIRST, ...mappingFields.filter((f) => !FIRST.includes(f) && f !== "finalLoss"), "finalLoss" as const];

/** What trackers put before the names of settings and of results. */
export const PREFIX = /^(params|config|hparams|hyper_?parameters|metrics|summary|args)[./]/i;
/** A rate that was logged while training is the one at that moment: only a second choice after a setting. */
const LOGGED_RATE = /(^|[./])(lr|learning[_ ]?rate)$/i;

/** Names that say more than others by which a field is known, and go first. */
const TELLING: Partial<Record<MappingField, RegExp>> = { batchSeqs: /global|effective|total/i, paramsTotal: /total/i };

/** What is looked for where nothing is called as a field is known: names that say it beside other things. */
const LOOSE: Partial<Record<MappingField, RegExp>> = {
  tokens: /[./](max|num|train(ing)?|total)[_ ]?tokens$/i,
  paramsNonEmbedding: /^params?[_ ]non[_ -]?emb(edding)?[_ ]/i,
  paramsTotal: /^params?[_ ]total[_ ]/i,
  paramsActive: /^params?[_ ]active[_ ]/i,
  finalLoss: /(^|[_./ -])(val(id(ation)?)?|eval(uation)?|test|held-?out)[_./ -](.*[_./ -])?loss$/i,
};

/** Batches that one device computes at a time, what they are counted by, and batches that may be of one device. */
const OF_DEVICE =
  /(^|[./])(per_(device|gpu)_(train_)?batch_size|(train_)?micro_?batch(_size)?(_per_(gpu|device))?|mbs|device_(train_)?(micro)?batch_size|batch_size_per_(gpu|device))$/i;
const FACTORS = [
  /(^|[./])((gradient|grad)_accum(ulation)?(_steps)?|accumulate_grad_batches)$/i,
  /(^|[./])(world_size|num_devices|n(um)?_?gpus)$/i,
];
const MAYBE_OF_DEVICE = /(^|[./])(train_)?batch_size$/i;

/** A first mapping from names alone: nothing is guessed twice, and what is not recognised is left out. */
export function guessMapping(names: readonly string[]): Mapping {
  const mapping: Mapping = {};
  const taken = new Set<string>();
  for (const field of ORDER) {
    const found = candidates(
      field,
      names.filter((n) => !taken.has(n)),
    );
    // "smooth loss" says more than "loss": the longer name is the more deliberate one.
    const best = field === "finalLoss" ? found.sort((p, q) => q.length - p.length)[0] : found[0];
    if (best === undefined) continue;
    taken.add(best);
    mapping[field] = best;
  }
  if (mapping.finalLoss === undefined) guessOtherUnit(mapping, names);
  if (mapping.lossMetric === mapping.finalLoss) delete mapping.lossMetric;
  const batch = batchOfDevices(mapping.batchSeqs, names);
  if (batch === null) delete mapping.batchSeqs;
  else mapping.batchSeqs = batch;
  return mapping;
}

function candidates(field: MappingField, free: readonly string[]): string[] {
  const pattern = fieldOf(field).known;
  const found = [
    ...free.filter((n) => pattern.test(n.trim())),
    ...free.filter((n) => !pattern.test(n.trim()) && pattern.test(n.trim().replace(PREFIX, ""))),
  ];
  const telling = TELLING[field];
  if (telling) found.sort((p, q) => Number(telling.test(q)) - Number(telling.test(p)));
  if (found.length > 0) return found;
  if (field === "peakLr") {
    const logged = free.filter((n) => LOGGED_RATE.test(n.trim()));
    return [...logged.filter((n) => !isLogged(n)), ...logged.filter(isLogged)];
  }
  const loose = LOOSE[field];
  const first = loose && free.find((n) => loose.test(n.trim().replace(PREFIX, "")));
  return first === undefined ? [] : [first];
}

/** A loss that is said in perplexity or bits alone, as nats. */
function guessOtherUnit(mapping: Mapping, names: readonly string[]): void {
  const units = unitsOf("finalLoss", mapping);
  const name = names.find((n) => saidUnit(n) !== "one" && !Object.values(mapping).includes(n));
  if (name !== undefined) mapping.finalLoss = joinUnit(asName(name), saidUnit(name), units);
}

/**
 * The whole batch: what says that it is, else the product of one device's with what it is counted by. Null where there
 * is none; one device's alone is not guessed to be the whole.
 */
function batchOfDevices(guessed: string | undefined, names: readonly string[]): string | null {
  const own = names.find((n) => OF_DEVICE.test(n.trim()));
  const isWhole = guessed !== undefined && !(MAYBE_OF_DEVICE.test(guessed.trim()) || OF_DEVICE.test(guessed.trim()));
  if (isWhole) return guessed;
  const counts = FACTORS.flatMap((factor) => names.find((n) => factor.test(n.trim())) ?? []);
  const one = own ?? guessed;
  if (one === undefined || (counts.length === 0 && own !== undefined)) return guessed ?? null;
  return counts.length === 0 ? one : [one, ...counts].map(asName).join(" * ");
}

function isLogged(name: string): boolean {
  return /^(train|val|eval|optimizer|optim|lr-|metrics|summary)/i.test(name.trim());
}
