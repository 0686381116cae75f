import { fieldOf, type Mapping, type MappingField, mappingFields } from "./definitions";

/** What is looked for first where one name could be two fields. */
const FIRST: MappingField[] = ["peakLr", "batchTokens"];
const ORDER = [...FIRST, ...mappingFields.filter((f) => !FIRST.includes(f) && f !== "finalLoss"), "finalLoss" as const];

/** What trackers put before the names of settings and of results. */
export const PREFIX = /^(params|config|hparams|hyper_?parameters|metrics|summary|args)[./]/i;
/** A rate that was logged while training is the one at that moment: only a second choice after a setting. */
const LOGGED_RATE = /(^|[./])(lr|learning[_ ]?rate)$/i;

/** A first mapping from names alone: nothing is guessed twice, and what is not recognised is left out. */
export function guessMapping(names: readonly string[]): Mapping {
  const mapping: Mapping = {};
  const taken = new Set<string>();
  for (const field of ORDER) {
    const pattern = fieldOf(field).known;
    const free = names.filter((n) => !taken.has(n));
    const found = [
      ...free.filter((n) => pattern.test(n.trim())),
      ...free.filter((n) => !pattern.test(n.trim()) && pattern.test(n.trim().replace(PREFIX, ""))),
    ];
    if (field === "peakLr" && found.length === 0) {
      const logged = free.filter((n) => LOGGED_RATE.test(n.trim()));
      found.push(...logged.filter((n) => !isLogged(n)), ...logged.filter(isLogged));
    }
    // "smooth loss" says more than "loss": the longer name is the more deliberate one.
    const best = field === "finalLoss" ? found.sort((p, q) => q.length - p.length)[0] : found[0];
    if (best === undefined) continue;
    taken.add(best);
    mapping[field] = best;
  }
  if (mapping.lossMetric === mapping.finalLoss) delete mapping.lossMetric;
  const micro = names.find((n) => /(^|[./])per_device_train_batch_size$/.test(n));
  if (mapping.batchSeqs === undefined && micro !== undefined) {
    const factors = [micro, "gradient_accumulation_steps", "world_size"].filter((n, i) => i === 0 || names.includes(n));
    mapping.batchSeqs = factors.join(" * ");
  }
  return mapping;
}

function isLogged(name: string): boolean {
  return /^(train|val|eval|optimizer|optim|lr-|metrics|summary)/i.test(name.trim());
}
